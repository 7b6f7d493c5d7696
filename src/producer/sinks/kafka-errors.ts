/** Translates kafkajs's errors into one sentence each. */
import kafkajs from 'kafkajs';
import { AppError } from '../../errors.ts';
import { certificateProblem } from '../../network.ts';

// kafkajs is CommonJS and assembles its exports at run time, so Node can import it only as a default export.
const { KafkaJSConnectionError, KafkaJSError, KafkaJSLockTimeout, KafkaJSSASLAuthenticationError } = kafkajs;

/** Returns the error for a topic that does not exist. */
export const topicMissing = (topic: string, brokers: readonly string[]): AppError =>
  new AppError(
    'TOPIC_MISSING',
    `There is no topic ${topic} on ${brokers.join(', ')}: create it, or set PIPELINE_ID to the id that your topics' names begin with.`,
  );

/** Returns the error for a partition that a topic had at the start of the run. */
export const partitionMissing = (topic: string, partition: number): AppError =>
  new AppError(
    'PARTITION_MISSING',
    `The topic ${topic} no longer has partition ${partition}, because it was created again with fewer partitions: run the command again.`,
  );

/** Errors that reject records, not the producer. If the batch is sent in smaller parts, only the invalid record is rejected. */
const REJECTIONS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'];

/** Returns whether Kafka rejected a record, not this producer. */
export const isRejection = (error: unknown): boolean => REJECTIONS.includes(typeOf(error) ?? '');

/**
 * Returns whether sending the same batch again may succeed. kafkajs reports an error as final when its own retries are
 * used up, or after it has waited 65 s for another request to the same broker. In both cases it has reset the batch's
 * sequence numbers, so the batch can be sent again.
 */
export const isRetriable = (error: unknown): boolean =>
  causes(error).some(
    (cause) => cause instanceof KafkaJSLockTimeout || (cause instanceof KafkaJSError && cause.retriable),
  );

/** Returns Kafka's name of an error, such as `MESSAGE_TOO_LARGE`. */
export function typeOf(error: unknown): string | undefined {
  for (const cause of causes(error)) if ('type' in cause && typeof cause.type === 'string') return cause.type;
  return undefined;
}

/** Codes of a TLS handshake with a server that does not use TLS. */
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/** Returns an AppError for an error of kafkajs; returns any other error unchanged, because it is a bug. */
export function explainKafka(error: unknown, brokers: readonly string[], auth = 'plain'): Error {
  const known = causes(error).find((cause) => cause instanceof AppError);
  if (known) return known;
  if (!(error instanceof KafkaJSError)) return error as Error;
  const because = (code: string, sentence: string, retriable = false) =>
    new AppError(code, sentence, { cause: error, retriable });
  const broker = `The Kafka broker at ${brokers.join(', ')}`;
  const wrongListener = (why: string) =>
    because(
      'WRONG_LISTENER',
      `${broker} does not support KAFKA_AUTH=${auth} (${why}): use the port of a listener that supports it, or another KAFKA_AUTH.`,
    );
  const type = typeOf(error);
  if (type?.includes('_SASL_')) return wrongListener(type);
  if (causes(error).some((cause) => cause instanceof KafkaJSSASLAuthenticationError))
    return because(
      'LOGIN_REFUSED',
      `${broker} rejected the login: KAFKA_USERNAME and KAFKA_PASSWORD must be those of a user of the broker.`,
    );
  if (type?.endsWith('_AUTHORIZATION_FAILED'))
    return because(
      'KAFKA_FORBIDDEN',
      `${broker} does not permit this client to send (${type}): it needs Write and Describe on the topics and IdempotentWrite on the cluster; with IAM, kafka-cluster:WriteData, DescribeTopic and WriteDataIdempotently.`,
    );
  const connection = connectionErrorIn(error);
  if (connection === undefined)
    return because(
      'KAFKA_REFUSED',
      `Kafka rejected the request (${type ?? error.name}: ${error.message}): look for the cause in the broker's log, then run the command again.`,
    );
  if (isTooManyConnects(connection))
    return because(
      'BROKER_BUSY',
      `${broker} accepts only a few new connections a second (${connection.message}): run the command again.`,
      true,
    );
  const { code = '' } = connection as { code?: string };
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return because(
      'BROKER_UNTRUSTED',
      `The certificate of the Kafka broker at ${brokers.join(', ')} is not trusted (${untrusted}): set KAFKA_CA to the PEM file of its certificate authority, and use a host name of the certificate in KAFKA_BROKERS.`,
    );
  if (NO_TLS.test(code)) return wrongListener(code);
  // A listener that gets the wrong protocol closes the connection without an answer.
  if (connection.name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET')
    return because(
      'CONNECTION_CUT',
      `${broker} closed the connection (${connection.message}): either the broker is stopping, or its listener does not support KAFKA_AUTH=${auth}.`,
      true,
    );
  return because(
    'BROKER_UNREACHABLE',
    `No Kafka broker responds at ${brokers.join(', ')} (${code || connection.message}): start it, or set KAFKA_BROKERS to its address (host:port, separated by commas).`,
    true,
  );
}

/** Returns whether MSK rejected a client because of its limit on new connections per second; it does not reject the client's identity. */
export const isTooManyConnects = ({ message }: Error): boolean => /Too many connects/.test(message);

const connectionErrorIn = (error: unknown): Error | undefined =>
  causes(error).find(
    (cause) => cause instanceof KafkaJSConnectionError || /No brokers in the broker pool/.test(cause.message),
  );

/** Returns an error and its causes, in this order. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

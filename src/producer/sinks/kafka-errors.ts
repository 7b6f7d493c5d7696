/** Translates kafkajs's errors into one sentence each. */
import kafkajs from 'kafkajs';
import { AppError } from '../../errors.ts';
import { certificateProblem } from '../../network.ts';

// kafkajs is CommonJS and assembles its exports at run time, so Node can import it only as a default export.
const { KafkaJSConnectionError, KafkaJSError, KafkaJSLockTimeout, KafkaJSSASLAuthenticationError } = kafkajs;

class BrokerUnreachable extends AppError {
  constructor(brokers: readonly string[], cause: Error) {
    const why = 'code' in cause && cause.code ? cause.code : cause.message;
    super(
      'BROKER_UNREACHABLE',
      `No Kafka broker responds at ${brokers.join(', ')} (${why}): start it, or set KAFKA_BROKERS to its address (host:port, separated by commas).`,
      { retriable: true, cause },
    );
  }
}

export class TopicMissing extends AppError {
  constructor(topic: string, brokers: readonly string[]) {
    super(
      'TOPIC_MISSING',
      `There is no topic ${topic} on ${brokers.join(', ')}: create it, or set PIPELINE_ID to the id that your topics' names begin with.`,
    );
  }
}

/** The REST proxy has its own identity, which may use only the topics of its own pipeline. */
export class TopicForbidden extends AppError {
  constructor(topic: string, url: string) {
    super(
      'TOPIC_FORBIDDEN',
      `The REST proxy at ${url} may not use the topic ${topic}: set PIPELINE_ID to the id that the proxy was deployed with, or let it write to that topic.`,
    );
  }
}

/** The broker's certificate is from an unknown authority or for another host. */
class BrokerUntrusted extends AppError {
  constructor(brokers: readonly string[], why: string, cause: Error) {
    super(
      'BROKER_UNTRUSTED',
      `The certificate of the Kafka broker at ${brokers.join(', ')} is not trusted (${why}): set KAFKA_CA to the PEM file of its certificate authority, and use a host name of the certificate in KAFKA_BROKERS.`,
      { cause },
    );
  }
}

/** The listener at this port does not support the protocol of KAFKA_AUTH. */
class WrongListener extends AppError {
  constructor(brokers: readonly string[], auth: string, why: string, cause: Error) {
    super(
      'WRONG_LISTENER',
      `The Kafka broker at ${brokers.join(', ')} does not support KAFKA_AUTH=${auth} (${why}): use the port of a listener that supports it, or another KAFKA_AUTH.`,
      { cause },
    );
  }
}

/** The broker closed the connection without an answer, as a listener does if it gets the wrong protocol. */
class ConnectionCut extends AppError {
  constructor(brokers: readonly string[], auth: string, why: string, cause: Error) {
    super(
      'CONNECTION_CUT',
      `The Kafka broker at ${brokers.join(', ')} closed the connection (${why}): either the broker is stopping, or its listener does not support KAFKA_AUTH=${auth}.`,
      { retriable: true, cause },
    );
  }
}

class LoginRefused extends AppError {
  constructor(brokers: readonly string[], cause: Error) {
    super(
      'LOGIN_REFUSED',
      `The Kafka broker at ${brokers.join(', ')} rejected the login: KAFKA_USERNAME and KAFKA_PASSWORD must be those of a user of the broker.`,
      { cause },
    );
  }
}

class KafkaRefused extends AppError {
  constructor(cause: Error) {
    super('KAFKA_REFUSED', `Kafka rejected the request (${typeOf(cause) ?? cause.name}): ${cause.message}.`, {
      cause,
    });
  }
}

/** Errors that reject records, not the producer. If the batch is sent in smaller parts, only the invalid record is rejected. */
const REFUSALS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'];

/** Returns whether Kafka rejected a record, not this producer. */
export const isRefusal = (error: unknown): boolean => REFUSALS.includes(typeOf(error) ?? '');

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
  const type = typeOf(error);
  if (type?.includes('_SASL_')) return new WrongListener(brokers, auth, type, error);
  if (causes(error).some((cause) => cause instanceof KafkaJSSASLAuthenticationError))
    return new LoginRefused(brokers, error);
  const connection = connectionErrorIn(error);
  if (connection === undefined) return new KafkaRefused(error);
  const { code = '' } = connection as { code?: string };
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined) return new BrokerUntrusted(brokers, untrusted, error);
  if (NO_TLS.test(code)) return new WrongListener(brokers, auth, code, error);
  if (connection.name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET')
    return new ConnectionCut(brokers, auth, connection.message, error);
  return new BrokerUnreachable(brokers, connection);
}

const connectionErrorIn = (error: unknown): Error | undefined =>
  causes(error).find(
    (cause) => cause instanceof KafkaJSConnectionError || /No brokers in the broker pool/.test(cause.message),
  );

/** Returns an error and its causes, in this order. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

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
      `No Kafka broker answers at ${brokers.join(', ')} (${why}): start it, or say in KAFKA_BROKERS where it is (host:port, separated by commas).`,
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

/** A REST proxy has an identity of its own, which may use the topics of the pipeline that it was deployed with. */
export class TopicForbidden extends AppError {
  constructor(topic: string, url: string) {
    super(
      'TOPIC_FORBIDDEN',
      `The REST proxy at ${url} may not use the topic ${topic}: set PIPELINE_ID to the id that the proxy was deployed with, or let it write to that topic.`,
    );
  }
}

/** Met with TLS: a certificate that nobody we trust has signed, or that is another's. */
class BrokerUntrusted extends AppError {
  constructor(brokers: readonly string[], why: string, cause: Error) {
    super(
      'BROKER_UNTRUSTED',
      `The certificate of the Kafka broker at ${brokers.join(', ')} is not to be trusted (${why}): name in KAFKA_CA the PEM file of the authority that signs it, and the broker in KAFKA_BROKERS by a name that it is for.`,
      { cause },
    );
  }
}

/** The port is that of a listener that speaks otherwise than KAFKA_AUTH says. */
class WrongListener extends AppError {
  constructor(brokers: readonly string[], auth: string, why: string, cause: Error) {
    super(
      'WRONG_LISTENER',
      `The Kafka broker at ${brokers.join(', ')} does not speak as KAFKA_AUTH=${auth} asks (${why}): take the port of the listener that does, or another KAFKA_AUTH.`,
      { cause },
    );
  }
}

/** The broker is there, and ends the connection before it has answered: so do listeners that are spoken to wrongly. */
class ConnectionCut extends AppError {
  constructor(brokers: readonly string[], auth: string, why: string, cause: Error) {
    super(
      'CONNECTION_CUT',
      `The Kafka broker at ${brokers.join(', ')} cut the connection (${why}): unless it is just going down, its listener does not speak as KAFKA_AUTH=${auth} asks.`,
      { retriable: true, cause },
    );
  }
}

class LoginRefused extends AppError {
  constructor(brokers: readonly string[], cause: Error) {
    super(
      'LOGIN_REFUSED',
      `The Kafka broker at ${brokers.join(', ')} refused the login: KAFKA_USERNAME and KAFKA_PASSWORD must be a user's of its own.`,
      { cause },
    );
  }
}

class KafkaRefused extends AppError {
  constructor(cause: Error) {
    super('KAFKA_REFUSED', `Kafka refused to go on (${typeOf(cause) ?? cause.name}): ${cause.message}.`, {
      cause,
    });
  }
}

/** Refusals of records, not of the producer: sent in smaller parts, all but the guilty record are taken. */
const REFUSALS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'];

/** Returns whether Kafka refuses a record, rather than this producer. */
export const isRefusal = (error: unknown): boolean => REFUSALS.includes(typeOf(error) ?? '');

/**
 * True where sending the same batch again may help. kafkajs calls an error final once its own retries are used up, or
 * once it has waited 65 s for another request to the same broker; in both, the batch's sequence numbers were taken back.
 */
export const isRetriable = (error: unknown): boolean =>
  causes(error).some(
    (cause) => cause instanceof KafkaJSLockTimeout || (cause instanceof KafkaJSError && cause.retriable),
  );

/** Returns Kafka's own name of an error, such as `MESSAGE_TOO_LARGE`. */
export function typeOf(error: unknown): string | undefined {
  for (const cause of causes(error)) if ('type' in cause && typeof cause.type === 'string') return cause.type;
  return undefined;
}

/** Of a TLS greeting that is answered with something else. */
const NO_TLS = /^(EPROTO|ERR_SSL_)/;

/** Returns an error that says what to do; an error that is not kafkajs's is a bug and is returned as it is. */
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

/** An error and what it came from, in this order. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

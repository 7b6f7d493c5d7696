/** Authentication of a Kafka client: none, TLS without identity, user and password (SCRAM), or AWS identity (MSK IAM). */
import kafkajs, { type AuthenticationProviderArgs, type Authenticator, type KafkaConfig } from 'kafkajs';
import { AppError, UsageError } from '../../errors.ts';
import { readCertificates } from '../../files/certificates.ts';
import type { Settings } from '../../settings.ts';
import { regionMissing } from './aws-errors.ts';
import { isTooManyConnects, typeOf } from './kafka-errors.ts';

// kafkajs is CommonJS and assembles its exports at run time, so Node can import it only as a default export.
const { KafkaJSConnectionError } = kafkajs;

/** The authentication; `ca` is the PEM of a certificate authority to trust instead of the public authorities. */
export type KafkaAuth =
  | { readonly kind: 'plain' }
  | { readonly kind: 'tls'; readonly ca?: string | undefined }
  | {
      readonly kind: 'scram';
      readonly ca?: string | undefined;
      readonly username: string;
      readonly password: string;
    }
  | { readonly kind: 'iam'; readonly ca?: string | undefined; readonly token: () => Promise<string> };

/** Returns the authentication from the settings. @throws UsageError, AppError if a setting that KAFKA_AUTH needs is missing */
export function kafkaAuth({ auth, username, password, ca }: Settings['kafka'], region?: string): KafkaAuth {
  if (auth === 'plain') return { kind: auth };
  const trusted = { ca: ca === undefined ? undefined : readCertificates(ca, 'The KAFKA_CA file').join('\n') };
  if (auth === 'tls') return { kind: auth, ...trusted };
  if (auth === 'iam') {
    if (region === undefined) throw regionMissing();
    // The signer is slow to load, and only IAM needs it.
    return { kind: auth, ...trusted, token: async () => (await import('./msk-token.ts')).mskToken(region) };
  }
  if (username === undefined || password === undefined)
    throw new UsageError('KAFKA_AUTH=scram needs KAFKA_USERNAME and KAFKA_PASSWORD.');
  return { kind: auth, ...trusted, username, password };
}

/** Returns the settings of kafkajs for authentication. Certificates are always verified. */
export function connectionOf(auth: KafkaAuth): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  if (auth.kind === 'plain') return {};
  const ssl = auth.ca === undefined ? true : { ca: [auth.ca] };
  if (auth.kind === 'tls') return { ssl };
  if (auth.kind === 'iam')
    return { ssl, sasl: { mechanism: 'oauthbearer', authenticationProvider: bearer(auth.token) } };
  const { username, password } = auth;
  return { ssl, sasl: { mechanism: 'scram-sha-512', username, password } };
}

/** RFC 7628, "Client's Response to an Error": a rejected client sends this, so that the server ends the exchange with its error. */
const ACKNOWLEDGED = '\u0001';

/**
 * An OAUTHBEARER mechanism that checks the broker's answer. kafkajs's mechanism does not check the answer, so a
 * rejected token would be noticed only at the next request, as a closed connection. MSK rejects a token with Kafka's error
 * SASL_AUTHENTICATION_FAILED; Kafka's own server rejects it with the JSON of RFC 7628.
 */
const bearer =
  (token: () => Promise<string>) =>
  ({ host, port, saslAuthenticate }: AuthenticationProviderArgs): Authenticator => {
    const refused = (why: string) =>
      new AppError(
        'TOKEN_REFUSED',
        `The Kafka broker ${host}:${port} rejected the IAM token (${why}): AWS_REGION must be the cluster's region, the credentials must be valid and permit kafka-cluster:Connect, and the clock must be right.`,
      );
    const say = async (text: string): Promise<string> => {
      const request = { encode: () => sized(text) };
      const answer = await saslAuthenticate({ request, response: { decode: unsized, parse: String } });
      return answer ?? '';
    };
    return {
      async authenticate() {
        const problem = await say(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`).catch(
          (error: Error) => {
            // kafkajs connects again after an error of the connection only.
            if (isTooManyConnects(error)) throw new KafkaJSConnectionError(error.message);
            throw typeOf(error) === 'SASL_AUTHENTICATION_FAILED' ? refused(error.message) : error;
          },
        );
        if (problem === '') return;
        await say(ACKNOWLEDGED).catch(() => {}); // fails with the same error again
        throw refused(/"status" *: *"([^"]+)"/.exec(problem)?.[1] ?? 'no reason given');
      },
    };
  };

/** Returns SASL bytes in kafkajs's form: preceded by their length in four bytes. */
function sized(text: string): Buffer {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
  bytes.writeInt32BE(bytes.length - 4);
  bytes.write(text, 4);
  return bytes;
}

const unsized = (bytes: Buffer): Buffer => bytes.subarray(4);

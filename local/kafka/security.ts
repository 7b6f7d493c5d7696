/**
 * The broker's listeners for those who don't come in the clear: TLS, SCRAM within it, and MSK's IAM within it. The first two
 * are Kafka's own; the third is Kafka's OAUTHBEARER with a check of ours in the place of MSK's.
 */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileJava } from '../install/compile.ts';
import type { Installed } from '../install/install.ts';
import { makeCertificate } from '../workspace/sql/certificate.ts';
import { freePort } from './ports.ts';

export interface BrokerSecurity {
  readonly scram: { readonly username: string; readonly password: string };
  /** The one AWS identity that the broker knows. */
  readonly iam: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string };
  /** How long a client that came by IAM may go on before it shows a new token, in milliseconds; default: as MSK. */
  readonly sessionMs?: number;
}

const LISTENERS = ['TLS', 'SCRAM', 'IAM'] as const;
export type Listener = (typeof LISTENERS)[number];

export interface SecureListeners {
  readonly ports: Readonly<Record<Listener, number>>;
  /** For Kafka's `server.properties`. */
  readonly properties: Readonly<Record<string, string>>;
  /** For Kafka's StorageTool, which makes the user. */
  readonly format: readonly string[];
  /** What clients must trust, PEM. */
  readonly authority: string;
}

/** "How IAM access control for Amazon MSK works"; a token's own 15 minutes are less. */
const MAX_SESSION_MS = 12 * 60 * 60_000;

/** Below the folder that the broker runs in. */
const KEYSTORE = 'keystore.pem';
/** What joins the broker's class path, below that folder too. */
export const CLASSES = 'classes';

const HANDLER = fileURLToPath(new URL('iam/MskIamHandler.java', import.meta.url));
const CALLBACKS = 'listener.name.iam.oauthbearer.sasl';
const SASL = 'org.apache.kafka.common.security';

/** A certificate for this start only, free ports, and the check of tokens compiled into a folder below `state`. */
export async function secureListeners(
  installed: Installed,
  state: string,
  { scram, iam, sessionMs = MAX_SESSION_MS }: BrokerSecurity,
): Promise<SecureListeners> {
  const { cert, key, authority } = await makeCertificate();
  await writeFile(path.join(state, KEYSTORE), `${key}\n${cert}`, { mode: 0o600 });
  await compileJava(
    installed,
    HANDLER,
    path.join(installed.jars.kafka, await clients(installed)),
    path.join(state, CLASSES),
  );
  const [tls = 0, withScram = 0, withIam = 0] = await Promise.all(LISTENERS.map(() => freePort()));
  return {
    ports: { TLS: tls, SCRAM: withScram, IAM: withIam },
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': KEYSTORE,
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config': `${SASL}.scram.ScramLoginModule required;`,
      'listener.name.iam.sasl.enabled.mechanisms': 'OAUTHBEARER',
      // A client must show itself again before that or before its token expires, or is cut off.
      'listener.name.iam.oauthbearer.connections.max.reauth.ms': String(sessionMs),
      [`${CALLBACKS}.server.callback.handler.class`]: 'MskIamHandler',
      [`${CALLBACKS}.login.callback.handler.class`]: 'MskIamHandler',
      [`${CALLBACKS}.jaas.config`]: `${SASL}.oauthbearer.OAuthBearerLoginModule required ${Object.entries(iam)
        .map(([name, value]) => `${name}="${value}"`)
        .join(' ')};`,
    },
    format: ['--add-scram', `SCRAM-SHA-512=[name=${scram.username},password=${scram.password}]`],
    authority,
  };
}

async function clients({ jars }: Installed): Promise<string> {
  return (await readdir(jars.kafka)).find((name) => name.startsWith('kafka-clients-')) ?? '';
}

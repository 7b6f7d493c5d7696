/**
 * The only reader of `process.env` outside the tests. Every default stands here, next to the name of the variable that changes it.
 * Everything else gets what it needs as arguments.
 */
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { HOST_PORT, hostPort, webAddressProblem } from './address.ts';
import { UsageError } from './errors.ts';
import { type NameRule, PIPELINE_ID, UNITY_CATALOG } from './names.ts';

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.coerce.number(error).int(error).min(least, error).max(most, error);
};

const named = ({ pattern, expected }: NameRule) => z.string().regex(pattern, expected);

const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`);

/** `login` says where the name and password belong that an address would hold. */
const webAddress = (login: string) =>
  z.string().superRefine((text, context) => {
    const message = webAddressProblem(text, login);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const AWS_LOGIN = 'AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

const KAFKA_AUTHS = ['plain', 'tls', 'scram', 'iam'] as const;
const REST_AUTHS = ['none', 'iam'] as const;
export const FORMATS = ['binary', 'json'] as const;

/** The pipeline's id where nobody says one; it also stands in the notebooks' widgets. */
export const DEFAULT_ID = 'demo';

const MIB = 1024 * 1024;

/** @throws UsageError for a user without one: neither HOME nor the machine's list of users names it */
function home(): string {
  try {
    return os.homedir();
  } catch {
    throw new UsageError(
      'The user has no home folder: set HOME, or PIPELINE_CACHE, PIPELINE_STATE and PIPELINE_LOCAL to paths of your own.',
    );
  }
}

const schema = z.object({
  /** Names topics, streams, bucket, mount, jobs and stacks. */
  PIPELINE_ID: named(PIPELINE_ID).default(DEFAULT_ID),
  /** Kafka brokers, `host:port` separated by commas. */
  KAFKA_BROKERS: z
    .string()
    .default('127.0.0.1:9092')
    .transform(list)
    .refine((all) => all.length > 0 && all.every(hostPort), `${HOST_PORT}, several separated by commas`),
  /** How brokers are spoken to: without TLS, with it, with a name and password inside it (SCRAM-SHA-512), as an AWS identity (MSK). */
  KAFKA_AUTH: oneOf(KAFKA_AUTHS).default('plain'),
  /** Of KAFKA_AUTH=scram. */
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  /** A PEM file of the authority that signs the brokers' certificates, where it is not a public one. */
  KAFKA_CA: z.string().optional(),
  /** A Confluent REST proxy: its own address, or the invoke URL of the API in front of it. The default is the proxy's own port. */
  REST_URL: webAddress(`REST_API_KEY, ${AWS_LOGIN}`).default('http://127.0.0.1:8082'),
  /** Whether requests to REST_URL carry an AWS signature. Left out, they do where it is an invoke URL of API Gateway. */
  REST_AUTH: oneOf(REST_AUTHS).optional(),
  /** Sent as `x-api-key`. */
  REST_API_KEY: z.string().optional(),
  /** How records are written in a request: base64, which carries any bytes, or JSON. */
  REST_FORMAT: oneOf(FORMATS).default('binary'),
  /** The invoke URL of the API in front of Kinesis, `https://….execute-api.eu-west-1.amazonaws.com/prod`. */
  GATEWAY_URL: webAddress(`GATEWAY_API_KEY, ${AWS_LOGIN}`).optional(),
  /** Sent as `x-api-key`. */
  GATEWAY_API_KEY: z.string().optional(),
  /** As REST_FORMAT; base64 is for an API with the mapping templates of `infra/`. */
  GATEWAY_FORMAT: oneOf(FORMATS).default('binary'),
  /** Of `produce -- --from mysql://…`, where the address has none; MySQL's own clients read it too. */
  MYSQL_PWD: z.string().optional(),
  /** The AWS region; the second is what the AWS command line and Python call it. Left out, the AWS profile's. */
  AWS_REGION: z.string().optional(),
  AWS_DEFAULT_REGION: z.string().optional(),
  /** Where Kinesis answers, for one that is not AWS's own; the second is for all services of AWS. */
  AWS_ENDPOINT_URL_KINESIS: webAddress(AWS_LOGIN).optional(),
  AWS_ENDPOINT_URL: webAddress(AWS_LOGIN).optional(),
  /** Each stream is sent as much as so many shards take: for on-demand streams, which grow with what is sent. Left out, the open shards. */
  KINESIS_SHARDS: whole(1, 10_000).optional(),
  /** The largest record in MiB, for streams whose limit was raised. */
  KINESIS_RECORD_MIB: whole(1, 10).default(1),
  /** The largest PutRecords call in MiB, where Kinesis takes more. */
  KINESIS_CALL_MIB: whole(5, 10).default(5),
  /** Where the install step keeps venv, jars and JRE; outside the checkout, shared by all checkouts. */
  PIPELINE_CACHE: z
    .string()
    .default(() =>
      path.join(process.env.XDG_CACHE_HOME ?? path.join(home(), '.cache'), 'pinterest-pipeline'),
    ),
  /** The Python that the install step makes its venv from; found on PATH where it is left out. */
  PIPELINE_PYTHON: z.string().optional(),
  /** The workspace, `https://….cloud.databricks.com`, and a token for it, as Databricks' own tools read them. */
  DATABRICKS_HOST: webAddress('DATABRICKS_TOKEN').optional(),
  DATABRICKS_TOKEN: z.string().optional(),
  /** The SQL warehouse that answers queries. Left out, the first one that may be used. */
  DATABRICKS_WAREHOUSE_ID: z.string().optional(),
  /** Where the tables are that `query` reads: the bundle's variables of those names. Left out, main, or what a local one has. */
  PIPELINE_CATALOG: named(UNITY_CATALOG).optional(),
  PIPELINE_SCHEMA: named(UNITY_CATALOG).default('pinterest'),
  PIPELINE_STREAM_SCHEMA: named(UNITY_CATALOG).default('pinterest_stream'),
  /** What long tables are shown with on a terminal, as the shell reads it. */
  PAGER: z.string().default('if command -v less >/dev/null; then exec less; else exec cat; fi'),
  /** The volume that files are produced to, and that the notebooks read. */
  PIPELINE_LANDING: z
    .string()
    .startsWith('/Volumes/', 'a path below /Volumes/')
    .default('/Volumes/main/pinterest/landing'),
  /** Where the workspace on this machine says how it is reached; only its owner may read it. */
  PIPELINE_LOCAL: z
    .string()
    .default(() =>
      path.join(
        process.env.XDG_CONFIG_HOME ?? path.join(home(), '.config'),
        'pinterest-pipeline',
        'local.json',
      ),
    ),
  /** Where the workspace on this machine keeps its jobs, tables and files. */
  PIPELINE_STATE: z
    .string()
    .default(() =>
      path.join(process.env.XDG_STATE_HOME ?? path.join(home(), '.local', 'state'), 'pinterest-pipeline'),
    ),
  /** A Java 17 or 21 home to use instead of the one on PATH or the one that is installed. */
  JAVA_HOME: z.string().optional(),
  /** Certificates of a network's own authority, as Node itself reads them; Java is told of them too. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  /** The folders that programs are found in. */
  PATH: z.string().default(''),
});

export interface Settings {
  /** The variables that somebody set, rather than left to their defaults. */
  readonly named: ReadonlySet<string>;
  readonly id: string;
  readonly brokers: readonly string[];
  readonly kafka: {
    readonly auth: (typeof KAFKA_AUTHS)[number];
    readonly username: string | undefined;
    readonly password: string | undefined;
    /** A PEM file. */
    readonly ca: string | undefined;
  };
  readonly rest: {
    readonly url: string;
    readonly auth: (typeof REST_AUTHS)[number] | undefined;
    readonly apiKey: string | undefined;
    readonly format: (typeof FORMATS)[number];
  };
  readonly gateway: {
    readonly url: string | undefined;
    readonly apiKey: string | undefined;
    readonly format: (typeof FORMATS)[number];
  };
  readonly mysqlPassword: string | undefined;
  readonly kinesis: {
    readonly region: string | undefined;
    readonly endpoint: string | undefined;
    readonly shards: number | undefined;
    readonly maxRecordBytes: number;
    readonly maxCallBytes: number;
  };
  readonly aws: {
    readonly region: string | undefined;
    /** Of all services, for an AWS that isn't Amazon's. */
    readonly endpoint: string | undefined;
  };
  readonly databricks: {
    readonly host: string | undefined;
    readonly token: string | undefined;
    readonly warehouse: string | undefined;
    /** The file of the workspace on this machine. */
    readonly local: string;
  };
  /** Where `query` looks tables up. */
  readonly tables: {
    readonly catalog: string | undefined;
    readonly schema: string;
    readonly streamSchema: string;
  };
  readonly pager: string;
  /** The state folder of the workspace on this machine. */
  readonly state: string;
  readonly landing: string;
  readonly cache: string;
  readonly python: string | undefined;
  readonly javaHome: string | undefined;
  readonly extraCertificates: string | undefined;
  readonly path: readonly string[];
  /** Values for the bundle's variables, by name: BUNDLE_VAR_<name>, as the Databricks CLI reads them. */
  readonly bundleVariables: Readonly<Record<string, string>>;
}

const BUNDLE_VARIABLE = 'BUNDLE_VAR_';

/** Passwords and the bundle's variables may begin and end with blanks and quotation marks, and a shell reads PAGER. */
const VERBATIM = ['KAFKA_PASSWORD', 'MYSQL_PWD', 'PAGER', 'PATH'];

/** Read by the AWS SDK and by proxies' clients rather than here. */
const READ_ELSEWHERE =
  /^(AWS_(PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|BUNDLE_VAR_.+|(https?|all|no)_proxy)$/i;

/**
 * What a variable holds without the blanks around it, U+00A0 and the carriage return of a Windows .env file included; of a
 * password only the line's end goes. Undefined where nothing is left.
 * @throws UsageError for quotation marks around it, which a shell would have taken away and an env file does not
 */
function cleaned(name: string, value: string): string | undefined {
  const verbatim = VERBATIM.includes(name) || name.startsWith(BUNDLE_VARIABLE);
  const text = verbatim ? value.replace(/[\r\n]+$/, '') : value.trim();
  if (!verbatim && /^(["']).*\1$/s.test(text) && text.length > 1)
    throw new UsageError(
      `The environment variable ${name} has quotation marks around its value: leave them out, they are taken as part of it.`,
    );
  return text === '' ? undefined : text;
}

const PROXIES = ['https_proxy', 'http_proxy', 'all_proxy'];
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** The variable that names a proxy, as it is spelt in the environment; undefined where none does. */
export const proxyVariable = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  Object.keys(env).find((name) => PROXIES.includes(name.toLowerCase()) && env[name]);

/** Exempts this machine from the proxy, for Node and for programs that are started: some exempt nothing by themselves. */
function exemptLoopback(env: NodeJS.ProcessEnv): void {
  if (proxyVariable(env) === undefined) return;
  const there = list(env.no_proxy ?? env.NO_PROXY ?? '');
  const all = there.includes('*') ? '*' : [...new Set([...there, ...LOOPBACK_HOSTS])].join(',');
  env.NO_PROXY = all;
  env.no_proxy = all;
}

const isOurs = (name: string): boolean => Object.hasOwn(schema.shape, name);

/** Cleans what other readers of the environment would take as it is: SDKs, and programs that are started. @throws UsageError */
export function cleanEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value = ''] of Object.entries(env)) {
    if (value === '' || (!isOurs(name) && !READ_ELSEWHERE.test(name))) continue;
    const text = cleaned(name, value);
    if (text === undefined) delete env[name];
    else if (text !== value) env[name] = text;
  }
  exemptLoopback(env);
}

/** Empty variables count as left out. @throws UsageError that names the variable, what was expected and what it holds */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const present = Object.fromEntries(
    Object.entries(env).flatMap(([name, value = '']) => {
      const text = isOurs(name) ? cleaned(name, value) : value;
      return text === undefined || text === '' ? [] : [[name, text]];
    }),
  );
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const got = env[String(issue?.path[0])] ?? '';
    // Before an @ there may be a password.
    const shown = got.includes('@') ? '' : `, got "${got}"`;
    throw new UsageError(
      `The environment variable ${issue?.path.join('.')} can't be used: expected ${issue?.message}${shown}.`,
    );
  }
  const value = parsed.data;
  return {
    named: new Set(Object.keys(present)),
    id: value.PIPELINE_ID,
    brokers: value.KAFKA_BROKERS,
    kafka: {
      auth: value.KAFKA_AUTH,
      username: value.KAFKA_USERNAME,
      password: value.KAFKA_PASSWORD,
      ca: value.KAFKA_CA,
    },
    rest: {
      url: value.REST_URL.replace(/\/+$/, ''),
      auth: value.REST_AUTH,
      apiKey: value.REST_API_KEY,
      format: value.REST_FORMAT,
    },
    gateway: {
      url: value.GATEWAY_URL?.replace(/\/+$/, ''),
      apiKey: value.GATEWAY_API_KEY,
      format: value.GATEWAY_FORMAT,
    },
    mysqlPassword: value.MYSQL_PWD,
    kinesis: {
      region: value.AWS_REGION ?? value.AWS_DEFAULT_REGION,
      endpoint: value.AWS_ENDPOINT_URL_KINESIS ?? value.AWS_ENDPOINT_URL,
      shards: value.KINESIS_SHARDS,
      maxRecordBytes: value.KINESIS_RECORD_MIB * MIB,
      maxCallBytes: value.KINESIS_CALL_MIB * MIB,
    },
    aws: {
      region: value.AWS_REGION ?? value.AWS_DEFAULT_REGION,
      endpoint: value.AWS_ENDPOINT_URL,
    },
    databricks: {
      host: value.DATABRICKS_HOST,
      token: value.DATABRICKS_TOKEN,
      warehouse: value.DATABRICKS_WAREHOUSE_ID,
      local: path.resolve(value.PIPELINE_LOCAL),
    },
    tables: {
      catalog: value.PIPELINE_CATALOG,
      schema: value.PIPELINE_SCHEMA,
      streamSchema: value.PIPELINE_STREAM_SCHEMA,
    },
    pager: value.PAGER,
    state: path.resolve(value.PIPELINE_STATE),
    landing: value.PIPELINE_LANDING.replace(/\/+$/, ''),
    cache: path.resolve(value.PIPELINE_CACHE),
    python: value.PIPELINE_PYTHON,
    javaHome: value.JAVA_HOME,
    extraCertificates: value.NODE_EXTRA_CA_CERTS,
    path: value.PATH.split(path.delimiter),
    bundleVariables: Object.fromEntries(
      Object.entries(env).flatMap(([name, text = '']) =>
        name.startsWith(BUNDLE_VARIABLE) ? [[name.slice(BUNDLE_VARIABLE.length), text]] : [],
      ),
    ),
  };
}

/** The whole environment, for a program that is started with more in it. */
export const environmentWith = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
});

/**
 * Switches off the AWS SDK's notice, in the midst of other output, that later versions of it want a later Node: package.json
 * says which version runs, and on which Node.
 */
export function silenceSdkNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

/** The script of package.json that npm runs this process for; undefined where npm does not. */
export const npmScript = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.npm_lifecycle_event;

/** Which of these flags npm took off the command line: it hands them on as `npm_config_*`. */
export function npmFlags(flags: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  return flags.filter((flag) => env[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined);
}

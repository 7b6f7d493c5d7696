/** Declares every setting: its variable, default, description and valid values. */
import path from 'node:path';
import { z } from 'zod';
import { HOST_PORT, hostPort, webAddressProblem } from '../address.ts';
import {
  type NameRule,
  PIPELINE_ID,
  SCHEMA,
  STREAM_SCHEMA,
  streamName,
  topicName,
  UNITY_CATALOG,
  VOLUME_PATH,
} from '../names.ts';
import { POST_DATASETS, PROJECT } from '../project/project.ts';
import { wholeOfText } from '../whole-number.ts';
import { defaulted, instead, listOf, optional } from './variable.ts';

const named = ({ pattern, expected }: NameRule) => z.string().regex(pattern, expected);

const oneOf = <const T extends readonly string[]>(words: T) => z.enum(words, `one of ${words.join(', ')}`);

/** Returns the schema of a web address. `login` names the settings for a user name and password, which an address must not contain. */
const webAddress = (login: string) =>
  z.string().superRefine((text, context) => {
    const message = webAddressProblem(text, login);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const [DATASET] = POST_DATASETS;

/** The name of this project's folder in the user's folders for configuration, state and caches. */
const FOLDER = `${PROJECT}-pipeline`;

const AWS_LOGIN = 'AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

const text = z.string();

/** Text that an HTTP header can contain. The errors of other texts would quote the whole header. */
const headerText = z.string().regex(/^[\x21-\x7e]+$/, 'one line of ASCII characters without blanks');
const absolutePath = z.string().transform((file) => path.resolve(file));
const withoutSlash = (address: string) => address.replace(/\/+$/, '');
const bytesOfMib = (mib: number) => mib * 1024 * 1024;

/** The versions of Spark on which notebooks run locally: the versions in Databricks Runtime 17.3 LTS and 18 LTS. */
const SPARK_LINES = ['4.0', '4.1'] as const;

const FORMATS = ['binary', 'json'] as const;

/** The default of the pipeline's id, also in the notebooks' widgets. */
export const DEFAULT_ID = 'demo';

const AWS_REGION = instead(
  'AWS_REGION',
  optional('AWS_DEFAULT_REGION', {
    description: "the AWS region; AWS's command line and Python SDK read this variable",
    as: text,
  }),
  {
    description:
      'the AWS region of Kinesis, MSK, API Gateway and the stacks; if unset, the region of the AWS profile',
    as: text,
  },
);

const AWS_ENDPOINT = optional('AWS_ENDPOINT_URL', {
  description: "an address that replaces Amazon's for all AWS services, such as an emulator's",
  as: webAddress(AWS_LOGIN),
});

export const declared = {
  id: defaulted('PIPELINE_ID', DEFAULT_ID, {
    description: `the id in the names of topics (\`${topicName('<id>', DATASET)}\`), streams (\`${streamName('<id>', DATASET)}\`), bucket, mount, jobs and stacks: ${PIPELINE_ID.expected}`,
    as: named(PIPELINE_ID),
  }),
  brokers: defaulted('KAFKA_BROKERS', '127.0.0.1:9092', {
    description:
      'the brokers of `produce kafka`: a comma-separated list of `host:port`; if set, `produce` without a destination sends to these brokers',
    as: z
      .string()
      .transform((brokers): readonly string[] => listOf(brokers))
      .refine((all) => all.length > 0 && all.every(hostPort), `${HOST_PORT}, several separated by commas`),
  }),
  kafka: {
    auth: defaulted('KAFKA_AUTH', 'plain', {
      description:
        'how to connect to the brokers: `plain`, `tls`, `scram` (TLS and SCRAM-SHA-512) or `iam` (MSK, with the AWS identity)',
      as: oneOf(['plain', 'tls', 'scram', 'iam']),
    }),
    username: optional('KAFKA_USERNAME', { description: 'the user name of `KAFKA_AUTH=scram`', as: text }),
    password: optional('KAFKA_PASSWORD', {
      description: 'the password of `KAFKA_AUTH=scram`',
      as: text,
      verbatim: true,
    }),
    ca: optional('KAFKA_CA', {
      description: "a PEM file of the brokers' certificate authority, needed if the authority is not public",
      as: text,
    }),
  },
  rest: {
    url: defaulted('REST_URL', 'http://127.0.0.1:8082', {
      description:
        'the address for `produce rest`: a Confluent REST proxy, or the invoke URL of the API in front of it',
      as: webAddress(`REST_API_KEY, ${AWS_LOGIN}`).transform(withoutSlash),
    }),
    auth: optional('REST_AUTH', {
      description:
        'whether requests to `REST_URL` are signed with the AWS identity: `iam` or `none`; if unset, they are signed for an invoke URL of API Gateway',
      as: oneOf(['none', 'iam']),
    }),
    apiKey: optional('REST_API_KEY', {
      description: 'the API key of `REST_URL`, sent as `x-api-key`',
      as: headerText,
      secret: true,
    }),
    format: defaulted('REST_FORMAT', 'binary', {
      description:
        'how `produce rest` writes records: `binary` (bytes in base64), or `json` for keys that are whole numbers',
      as: oneOf(FORMATS),
    }),
  },
  gateway: {
    url: optional('GATEWAY_URL', {
      description:
        'the address for `produce gateway`: the invoke URL of the API in front of Kinesis, `https://….execute-api.eu-west-1.amazonaws.com/prod`',
      as: webAddress(`GATEWAY_API_KEY, ${AWS_LOGIN}`).transform(withoutSlash),
    }),
    apiKey: optional('GATEWAY_API_KEY', {
      description: 'the API key of `GATEWAY_URL`, sent as `x-api-key`',
      as: headerText,
      secret: true,
    }),
    format: defaulted('GATEWAY_FORMAT', 'binary', {
      description:
        'how `produce gateway` writes records: `binary`, for an API with the mapping templates of `infra/`, or `json`',
      as: oneOf(FORMATS),
    }),
  },
  mysqlPassword: optional('MYSQL_PWD', {
    description:
      "the password for `produce -- --from mysql://user@host/database`; MySQL's clients read it too",
    as: text,
    verbatim: true,
  }),
  kinesis: {
    region: AWS_REGION,
    endpoint: instead('AWS_ENDPOINT_URL_KINESIS', AWS_ENDPOINT, {
      description:
        "an address that replaces Amazon's for Kinesis in `produce kinesis` and `streams`, and on this machine also in `npm run local`",
      as: webAddress(AWS_LOGIN),
    }),
    shards: optional('KINESIS_SHARDS', {
      description:
        'the number of shards to assume for each stream: `produce` sends no faster than they accept (a high number lets an on-demand stream grow); if unset, the number of open shards',
      as: wholeOfText(1, 10_000),
    }),
    maxRecordBytes: defaulted('KINESIS_RECORD_MIB', '1', {
      description: 'the largest record in MiB, for streams with a raised limit',
      as: wholeOfText(1, 10).transform(bytesOfMib),
    }),
    maxCallBytes: defaulted('KINESIS_CALL_MIB', '5', {
      description: 'the largest PutRecords call in MiB, if Kinesis accepts more than the default',
      as: wholeOfText(5, 10).transform(bytesOfMib),
    }),
  },
  aws: { region: AWS_REGION, endpoint: AWS_ENDPOINT },
  databricks: {
    host: optional('DATABRICKS_HOST', {
      description:
        'the workspace of `query`, `produce volume` and `infra`, and of `bundle` for every target except `local`, `https://….cloud.databricks.com`; if unset, `query` and `produce volume` use the local workspace',
      as: webAddress('DATABRICKS_TOKEN'),
    }),
    token: optional('DATABRICKS_TOKEN', {
      description: 'a token of the workspace `DATABRICKS_HOST`',
      as: headerText,
      secret: true,
    }),
    warehouse: optional('DATABRICKS_WAREHOUSE_ID', {
      description: 'the SQL warehouse of `query`; if unset, the first usable one',
      as: text,
    }),
    local: defaulted(
      'PIPELINE_LOCAL',
      { xdg: 'XDG_CONFIG_HOME', home: '.config', below: `${FOLDER}/local.json` },
      {
        description:
          "the file that contains the local workspace's address and token; only its owner can read it",
        as: absolutePath,
      },
    ),
  },
  tables: {
    catalog: optional('PIPELINE_CATALOG', {
      description:
        'the catalog of the tables that `query` and `infra check` read; if unset, the default catalog of the workspace (locally `spark_catalog`)',
      as: named(UNITY_CATALOG),
    }),
    schema: defaulted('PIPELINE_SCHEMA', SCHEMA, {
      description: 'the schema of the tables that `query` and `infra check` read',
      as: named(UNITY_CATALOG),
    }),
    streamSchema: defaulted('PIPELINE_STREAM_SCHEMA', STREAM_SCHEMA, {
      description: 'the schema of the tables that `query -- --stream` and `infra check` read',
      as: named(UNITY_CATALOG),
    }),
  },
  pager: defaulted('PAGER', 'if command -v less >/dev/null; then exec less; else exec cat; fi', {
    description: 'the shell command that shows long tables on a terminal',
    as: text,
    verbatim: true,
  }),
  state: defaulted(
    'PIPELINE_STATE',
    { xdg: 'XDG_STATE_HOME', home: '.local/state', below: FOLDER },
    {
      description: "the local workspace's folder: jobs, files, tables, volumes and buckets",
      as: absolutePath,
    },
  ),
  landing: defaulted('PIPELINE_LANDING', `/Volumes/main/${SCHEMA}/landing`, {
    description: 'the volume, or a folder in one, that `produce volume` uploads to',
    as: named(VOLUME_PATH).transform(withoutSlash),
  }),
  cache: defaulted(
    'PIPELINE_CACHE',
    { xdg: 'XDG_CACHE_HOME', home: '.cache', below: FOLDER },
    {
      description: 'the folder in which `local:install` keeps Spark, Kafka and Java, for all checkouts',
      as: absolutePath,
    },
  ),
  python: optional('PIPELINE_PYTHON', {
    description: 'the Python from which `local:install` creates its venv; if unset, one on `PATH`',
    as: text,
  }),
  spark: defaulted('SPARK', '4.1', {
    description: `the version of Spark that \`local:install\` installs and on which notebooks run locally: ${SPARK_LINES.join(' or ')}`,
    as: oneOf(SPARK_LINES),
  }),
  javaHome: optional('JAVA_HOME', {
    description:
      'the home of Java 17 or 21; if unset, the Java on `PATH`, or one that `local:install` installs',
    as: text,
  }),
  extraCertificates: optional('NODE_EXTRA_CA_CERTS', {
    description:
      "a PEM file with additional certificate authorities, such as your network's; Node reads it, and it is passed to Java",
    as: text,
  }),
  path: defaulted('PATH', '', {
    description: 'the folders in which programs are looked up',
    as: z.string().transform((folders): readonly string[] => folders.split(path.delimiter)),
    verbatim: true,
  }),
};

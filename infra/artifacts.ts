/**
 * What AWS needs from other vendors: every address stands here, pinned. `npm run infra doctor -- --upload` fetches each to the
 * artifacts bucket and records its checksum; the machines in AWS fetch from there only, and check it.
 */

export interface Artifact {
  /** The file's name, in the bucket too. */
  readonly file: string;
  /** The vendor's own page. */
  readonly address: string;
  /** Where the vendor says its checksum, in the words of sha256sum or sha512sum, where it does. */
  readonly published?: { readonly address: string; readonly algorithm: 'sha256' | 'sha512' };
  readonly licence: string;
}

/** Kafka's client tools, of the same 3.9 as the brokers of settings.yml. */
const KAFKA = '3.9.1';
/** Confluent Platform 7.9 is Kafka 3.9. Its REST proxy comes with the platform only. */
const CONFLUENT = '7.9.9';
const MSK_IAM = '2.3.6';
const S3_SINK = '10.6.7';

export const artifacts = {
  kafka: {
    file: `kafka_2.13-${KAFKA}.tgz`,
    address: `https://archive.apache.org/dist/kafka/${KAFKA}/kafka_2.13-${KAFKA}.tgz`,
    published: {
      address: `https://archive.apache.org/dist/kafka/${KAFKA}/kafka_2.13-${KAFKA}.tgz.sha512`,
      algorithm: 'sha512',
    },
    licence: 'Apache-2.0',
  },
  confluent: {
    file: `confluent-community-${CONFLUENT}.tar.gz`,
    address: `https://packages.confluent.io/archive/${CONFLUENT.replace(/\.\d+$/, '')}/confluent-community-${CONFLUENT}.tar.gz`,
    licence: 'Confluent Community License',
  },
  mskIam: {
    file: `aws-msk-iam-auth-${MSK_IAM}-all.jar`,
    address: `https://github.com/aws/aws-msk-iam-auth/releases/download/v${MSK_IAM}/aws-msk-iam-auth-${MSK_IAM}-all.jar`,
    published: {
      address: `https://github.com/aws/aws-msk-iam-auth/releases/download/v${MSK_IAM}/aws-msk-iam-auth-${MSK_IAM}-all.jar.sha256`,
      algorithm: 'sha256',
    },
    licence: 'Apache-2.0',
  },
  s3Sink: {
    file: `confluentinc-kafka-connect-s3-${S3_SINK}.zip`,
    address: `https://hub-downloads.confluent.io/api/plugins/confluentinc/kafka-connect-s3/versions/${S3_SINK}/confluentinc-kafka-connect-s3-${S3_SINK}.zip`,
    licence: 'Confluent Community License',
  },
} as const satisfies Record<string, Artifact>;

/** The folder of the artifacts bucket that holds them. */
export const ARTIFACTS_FOLDER = 'artifacts';
/** Beside them: a line for each, as `sha256sum --check` reads it. */
export const CHECKSUMS = 'SHA256SUMS';

export const artifactKey = (file: string): string => `${ARTIFACTS_FOLDER}/${file}`;

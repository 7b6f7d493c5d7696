/**
 * Files from other vendors, with pinned addresses. `npm run infra doctor -- --upload` copies each file to the artifacts bucket and
 * records its checksum. The machines in AWS fetch the files only from this bucket, and verify the checksums.
 */

export interface Artifact {
  /** The file's name, on this machine and in the bucket. */
  readonly file: string;
  /** The file's address at the vendor. */
  readonly address: string;
  /** The address of the checksum, if the vendor publishes one: the output of sha256sum or sha512sum. */
  readonly published?: { readonly address: string; readonly algorithm: 'sha256' | 'sha512' };
  readonly licence: string;
}

/** Kafka's client tools: version 3.9, like the brokers in settings.yml. */
const KAFKA = '3.9.1';
/** Confluent Platform 7.9 contains Kafka 3.9. The REST proxy is available only as a part of this platform. */
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

/** The folder of the artifacts bucket that contains the files. */
export const ARTIFACTS_FOLDER = 'artifacts';
/** The list of checksums in this folder: a line for each file, as `sha256sum --check` reads it. */
export const CHECKSUMS = 'SHA256SUMS';

export const artifactKey = (file: string): string => `${ARTIFACTS_FOLDER}/${file}`;

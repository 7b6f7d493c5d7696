/** The configuration of the client machine: its properties files, disk and endpoints. This file doesn't import the CDK. */
import { stackName } from '../../src/names.ts';

/** The REST proxy's port on the client machine. */
export const REST_PORT = 8082;

/** The client machine's disk. Kafka and the Confluent Platform, unpacked, take 1.5 GB of it. */
export const CLIENT_DISK_GB = 16;

/**
 * Session Manager's services: the only way to reach the client machine. The agent of Amazon Linux 2023 no longer needs
 * `ec2messages`: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
 */
export const SESSION_MANAGER = ['ssm', 'ssmmessages'];

export type Properties = Readonly<Record<string, string>>;

/** `client.properties`, for Kafka's own tools: authentication to MSK with the machine's role (https://github.com/aws/aws-msk-iam-auth). */
export const CLIENT_PROPERTIES: Properties = {
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
};

/** `kafka-rest.properties`. Properties with the prefix `client.` are for the proxy's producers, consumers and admin client. */
export const restProperties = (id: string, bootstrap: string): Properties => ({
  id: stackName(id, 'rest'),
  listeners: `http://0.0.0.0:${REST_PORT}`,
  'bootstrap.servers': bootstrap,
  // Producers need only topics and records of API v2. Other routes of the proxy would let them read and administer the cluster.
  'api.v3.enable': 'false',
  'api.endpoints.blocklist': 'api.v2.consumers.*',
  ...Object.fromEntries(Object.entries(CLIENT_PROPERTIES).map(([name, value]) => [`client.${name}`, value])),
});

/** Returns text for java.util.Properties. Our values contain no characters that need escaping. */
export const propertiesFile = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

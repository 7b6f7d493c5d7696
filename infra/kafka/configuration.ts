/** The configuration files of the client machine. */
import { stackName } from '../../src/names.ts';

/** The REST proxy's port on the client machine. */
export const REST_PORT = 8082;

export type Properties = Readonly<Record<string, string>>;

/** How a Java client shows who it is to MSK: with the machine's role, https://github.com/aws/aws-msk-iam-auth. */
const IAM: Properties = {
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
};

/** `client.properties`, for Kafka's own tools. */
export const clientProperties = (): Properties => IAM;

/** `kafka-rest.properties`: `client.` passes a property to the proxy's producers, consumers and admin client. */
export const restProperties = (id: string, bootstrap: string): Properties => ({
  id: stackName(id, 'rest'),
  listeners: `http://0.0.0.0:${REST_PORT}`,
  'bootstrap.servers': bootstrap,
  // Producers need topics and records of API v2; what else the proxy offers would read and administer the cluster for them.
  'api.v3.enable': 'false',
  'api.endpoints.blocklist': 'api.v2.consumers.*',
  ...Object.fromEntries(Object.entries(IAM).map(([name, value]) => [`client.${name}`, value])),
});

/** As java.util.Properties reads it; none of ours holds a character that would need escaping. */
export const propertiesFile = (properties: Properties): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

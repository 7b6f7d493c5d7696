/** MSK Connect: Confluent's S3 sink. Its zip must be in the artifacts bucket before this stack is deployed. */
import { createHash } from 'node:crypto';
import { Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnConnector, CfnCustomPlugin, CfnWorkerConfiguration } from 'aws-cdk-lib/aws-kafkaconnect';
import type { Construct } from 'constructs';
import { connectorProperties } from '../../src/connector.ts';
import { stackName, topicName } from '../../src/names.ts';
import { artifactKey, artifacts } from '../artifacts.ts';
import { bucketArn, bucketOf } from '../buckets.ts';
import { allowKafka, CONNECT_TOPICS } from '../kafka/cluster.ts';
import { type Properties, propertiesFile } from '../kafka/configuration.ts';
import { INSIDE } from '../kafka/network.ts';
import { logName } from '../logs.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import type { KafkaStack } from './kafka.ts';

/** https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-connectors.html */
const KAFKA_CONNECT = '3.7.x';
const MINUTE_MS = 60_000;

export class ConnectStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, kafka: KafkaStack, props: StackProps) {
    super(scope, name, props);
    const { workers, capacityUnits, flushSize, rotateMinutes } = settings.connect;
    const properties = connectorProperties({
      id: settings.id,
      bucket: bucketOf(settings.id, 'landing'),
      region: this.region,
      flushSize,
      rotateMs: rotateMinutes * MINUTE_MS,
    });
    const plugin = new CfnCustomPlugin(this, 'Plugin', {
      name: versioned(stackName(settings.id, 's3-sink'), artifacts.s3Sink.file),
      contentType: 'ZIP',
      location: {
        s3Location: {
          bucketArn: bucketArn(settings.id, 'artifacts'),
          fileKey: artifactKey(artifacts.s3Sink.file),
        },
      },
    });
    const worker = propertiesFile(workerProperties(properties));
    const workerConfiguration = new CfnWorkerConfiguration(this, 'Worker', {
      name: versioned(stackName(settings.id, 'worker'), worker),
      propertiesFileContent: Fn.base64(worker),
    });
    const role = this.role(settings, kafka, String(properties.name));
    // The connector's name must not change, because it is part of the name of the consumer group, which stores the offsets. If
    // anything but the capacity and the configuration changes, CloudFormation tries to replace the connector, which fails because the
    // name is in use; docs/aws.md describes what to do then.
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kafkaconnect-connector.html
    const connector = new CfnConnector(this, 'S3Sink', {
      connectorName: String(properties.name),
      connectorDescription: 'Copies the topics to the landing bucket, byte for byte',
      kafkaConnectVersion: KAFKA_CONNECT,
      connectorConfiguration: properties,
      capacity: { provisionedCapacity: { mcuCount: capacityUnits, workerCount: workers } },
      plugins: [{ customPlugin: { customPluginArn: plugin.attrCustomPluginArn, revision: 1 } }],
      workerConfiguration: {
        workerConfigurationArn: workerConfiguration.attrWorkerConfigurationArn,
        revision: 1,
      },
      serviceExecutionRoleArn: role.roleArn,
      kafkaCluster: {
        apacheKafkaCluster: {
          bootstrapServers: kafka.cluster.bootstrap,
          vpc: {
            securityGroups: [kafka.brokerClients.securityGroupId],
            subnets: kafka.vpc.selectSubnets(INSIDE).subnetIds,
          },
        },
      },
      kafkaClusterClientAuthentication: { authenticationType: 'IAM' },
      kafkaClusterEncryptionInTransit: { encryptionType: 'TLS' },
      logDelivery: {
        workerLogDelivery: { cloudWatchLogs: { enabled: true, logGroup: logName(settings.id, 'connect') } },
      },
    });
    // If a connector starts before its role has all rights, it fails and must be deleted by hand.
    connector.node.addDependency(role.node.findChild('DefaultPolicy'));
  }

  private role(settings: InfraSettings, kafka: KafkaStack, connector: string): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('kafkaconnect.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      description: 'S3 sink: reads the topics, writes the landing bucket',
    });
    allowKafka(role, kafka.cluster, {
      topics: [topicName(settings.id, '*')],
      topicActions: ['DescribeTopic', 'ReadData'],
    });
    allowKafka(role, kafka.cluster, {
      topics: [CONNECT_TOPICS],
      topicActions: ['CreateTopic', 'DescribeTopic', 'ReadData', 'WriteData'],
      groups: [CONNECT_TOPICS, `connect-${connector}*`],
    });
    // https://docs.confluent.io/kafka-connectors/s3-sink/current/overview.html
    allow(role, {
      service: 's3',
      actions: ['GetBucketLocation', 'ListBucket', 'ListBucketMultipartUploads'],
      resources: [bucketArn(settings.id, 'landing')],
    });
    allow(role, {
      service: 's3',
      actions: ['PutObject', 'GetObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'],
      resources: [bucketArn(settings.id, 'landing', 'topics/*')],
      because: "The objects of the pipeline's topics",
    });
    allow(role, {
      service: 's3',
      actions: ['ListAllMyBuckets'],
      resources: ['*'],
      because: "Confluent lists this action among the sink's rights, and the action has no resources",
    });
    return role;
  }
}

/** Returns a name that depends on the content. A changed plugin or worker configuration must be created under a new name. */
const versioned = (name: string, content: string): string =>
  `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;

/** A worker requires converters although each connector has its own. */
const workerProperties = (connector: Properties): Properties => ({
  'key.converter': String(connector['key.converter']),
  'value.converter': String(connector['value.converter']),
});

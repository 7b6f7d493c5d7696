/** The MSK cluster: IAM is the only way in, TLS the only way to talk, provisioned or serverless by a setting. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import type { InfraSettings } from '../settings.ts';
import { INSIDE } from './network.ts';

/** Brokers' port for IAM: https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html */
export const IAM_PORT = 9098;

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  /** `host:port` separated by commas, known once the cluster is there. */
  readonly bootstrap: string;
}

export interface ClusterPlace {
  readonly vpc: IVpc;
  readonly group: SecurityGroup;
  readonly log: LogGroup;
}

export function makeCluster(scope: Construct, settings: InfraSettings, place: ClusterPlace): Cluster {
  const name = stackName(settings.id, 'kafka');
  const make = settings.kafka.cluster === 'serverless' ? serverless : provisioned;
  const arn = make(scope, name, settings, place);
  return { arn, name, bootstrap: bootstrapBrokers(scope, arn) };
}

function provisioned(
  scope: Construct,
  name: string,
  { kafka }: InfraSettings,
  { vpc, group, log }: ClusterPlace,
): string {
  const configuration = new CfnConfiguration(scope, 'BrokerConfiguration', {
    name,
    serverProperties: serverProperties(kafka.zones),
  });
  const cluster = new CfnCluster(scope, 'Cluster', {
    clusterName: name,
    kafkaVersion: kafka.version,
    numberOfBrokerNodes: kafka.zones * kafka.brokersPerZone,
    brokerNodeGroupInfo: {
      instanceType: kafka.brokerInstance,
      clientSubnets: vpc.selectSubnets(INSIDE).subnetIds,
      securityGroups: [group.securityGroupId],
      storageInfo: { ebsStorageInfo: { volumeSize: kafka.brokerStorageGb } },
    },
    clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
    encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
    configurationInfo: {
      arn: configuration.attrArn,
      revision: configuration.attrLatestRevisionRevision as unknown as number,
    },
    enhancedMonitoring: 'DEFAULT',
    loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: log.logGroupName } } },
  });
  return cluster.attrArn;
}

/** A record is kept once in each zone, and a producer's acks=all waits for all but one of them. */
const serverProperties = (zones: number): string =>
  [
    'auto.create.topics.enable=false',
    `default.replication.factor=${zones}`,
    `min.insync.replicas=${zones - 1}`,
    'unclean.leader.election.enable=false',
    '',
  ].join('\n');

function serverless(scope: Construct, name: string, _: InfraSettings, { vpc, group }: ClusterPlace): string {
  const cluster = new CfnServerlessCluster(scope, 'ServerlessCluster', {
    clusterName: name,
    clientAuthentication: { sasl: { iam: { enabled: true } } },
    vpcConfigs: [{ subnetIds: vpc.selectSubnets(INSIDE).subnetIds, securityGroups: [group.securityGroupId] }],
  });
  return cluster.attrArn;
}

/** CloudFormation doesn't hand out the brokers' addresses; MSK's own API does. */
function bootstrapBrokers(scope: Construct, arn: string): string {
  const ask = new AwsCustomResource(scope, 'BootstrapBrokers', {
    onUpdate: {
      service: 'Kafka',
      action: 'GetBootstrapBrokers',
      parameters: { ClusterArn: arn },
      physicalResourceId: PhysicalResourceId.of('BootstrapBrokers'),
      outputPaths: ['BootstrapBrokerStringSaslIam'],
    },
    policy: AwsCustomResourcePolicy.fromStatements([
      new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [arn] }),
    ]),
    installLatestAwsSdk: false,
  });
  return ask.getResponseField('BootstrapBrokerStringSaslIam');
}

/** What an identity may do with a cluster, in the words of MSK's IAM. */
export interface KafkaRights {
  /** Topics, with `*` at the end for all that begin so. */
  readonly topics: readonly string[];
  readonly topicActions: readonly string[];
  readonly groups?: readonly string[];
}

/** Statements that let a client connect and do just that. */
export function kafkaStatements(scope: Construct, cluster: Cluster, rights: KafkaRights): PolicyStatement[] {
  // A cluster's ARN ends in an id that is only known once it is made; the name is ours.
  const named = (kind: 'topic' | 'group', name: string) =>
    Stack.of(scope).formatArn({
      service: 'kafka',
      resource: kind,
      resourceName: `${cluster.name}/*/${name}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  const statements = [
    new PolicyStatement({
      actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeCluster'],
      resources: [cluster.arn],
    }),
    new PolicyStatement({
      actions: rights.topicActions.map((action) => `kafka-cluster:${action}`),
      resources: rights.topics.map((topic) => named('topic', topic)),
    }),
  ];
  if (rights.groups)
    statements.push(
      new PolicyStatement({
        actions: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
        resources: rights.groups.map((group) => named('group', group)),
      }),
    );
  return statements;
}

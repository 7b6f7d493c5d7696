/** The MSK cluster; a setting selects whether it is provisioned or serverless. Clients must authenticate with IAM and connect with TLS. */
import { type CfnResource, Stack } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnConfiguration, CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { acknowledge } from '../acknowledge.ts';
import { logGroup } from '../logs.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import { INSIDE } from './network.ts';

/** Brokers' port for IAM: https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html */
export const IAM_PORT = 9098;

/** MSK Connect's own topics and groups: https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html */
export const CONNECT_TOPICS = '__amazon_msk_connect_*';

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  /** `host:port` separated by commas. CloudFormation knows this value only after the cluster has been created. */
  readonly bootstrap: string;
}

export interface ClusterOptions {
  readonly vpc: IVpc;
  readonly group: SecurityGroup;
  readonly log: ILogGroup;
}

/** Creates the cluster. The brokers' addresses are queried from MSK during the deployment, because CloudFormation does not provide them. */
export function makeCluster(scope: Construct, settings: InfraSettings, options: ClusterOptions): Cluster {
  const name = stackName(settings.id, 'kafka');
  const make = settings.kafka.cluster === 'serverless' ? serverless : provisioned;
  const arn = make(scope, name, settings, options);
  return { arn, name, bootstrap: bootstrapBrokers(scope, settings.id, arn) };
}

function provisioned(
  scope: Construct,
  name: string,
  { kafka }: InfraSettings,
  { vpc, group, log }: ClusterOptions,
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
  addStorageScaling(scope, cluster.attrArn, kafka.brokerStorageMaxGb);
  return cluster.attrArn;
}

/** When more than this percentage of a disk is in use, the disks of all brokers grow. */
const STORAGE_TARGET = 60;

/** Lets the brokers' storage grow: https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html */
function addStorageScaling(scope: Construct, arn: string, maxCapacity: number): void {
  const stack = Stack.of(scope);
  const target = new CfnScalableTarget(scope, 'BrokerStorage', {
    serviceNamespace: 'kafka',
    scalableDimension: 'kafka:broker-storage:VolumeSize',
    resourceId: arn,
    minCapacity: 1,
    maxCapacity,
    roleArn: stack.formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName:
        'aws-service-role/kafka.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_KafkaCluster',
    }),
  });
  new CfnScalingPolicy(scope, 'BrokerStoragePolicy', {
    policyName: 'broker-storage',
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: STORAGE_TARGET,
      // A broker's disk can't shrink.
      disableScaleIn: true,
      predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' },
    },
  });
}

/**
 * Each zone has one replica of a record. A write with acks=all succeeds if at most one replica is out of sync. Kafka's own topics
 * have a separate replication factor. Its default is 3, and two brokers could then create no topic for the consumer groups' offsets.
 * MSK lists the allowed properties: https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html
 */
const serverProperties = (zones: number): string =>
  [
    'auto.create.topics.enable=false',
    `default.replication.factor=${zones}`,
    `min.insync.replicas=${zones - 1}`,
    `offsets.topic.replication.factor=${zones}`,
    `transaction.state.log.replication.factor=${zones}`,
    `transaction.state.log.min.isr=${zones - 1}`,
    'unclean.leader.election.enable=false',
    '',
  ].join('\n');

function serverless(
  scope: Construct,
  name: string,
  _: InfraSettings,
  { vpc, group }: ClusterOptions,
): string {
  const cluster = new CfnServerlessCluster(scope, 'ServerlessCluster', {
    clusterName: name,
    clientAuthentication: { sasl: { iam: { enabled: true } } },
    vpcConfigs: [{ subnetIds: vpc.selectSubnets(INSIDE).subnetIds, securityGroups: [group.securityGroupId] }],
  });
  return cluster.attrArn;
}

/** Returns the brokers' addresses, which MSK's own API provides and CloudFormation does not. */
function bootstrapBrokers(scope: Construct, id: string, arn: string): string {
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
    logGroup: logGroup(scope, id, 'brokers-lookup'),
  });
  acknowledgeFunction(Stack.of(scope));
  return ask.getResponseField('BootstrapBrokerStringSaslIam');
}

/** Acknowledges the findings on the function that queries MSK. The CDK creates this function, once per stack. */
function acknowledgeFunction(stack: Stack): void {
  const asker = stack.node.findChild(`AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`);
  acknowledge(asker, {
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
      "The CDK's own function for one call of an API; it may only write its log and query the brokers' addresses",
  });
  const lambda = asker.node.defaultChild as CfnResource;
  // cfn-lint would report that the CDK's DependsOn repeats a reference, which does no harm.
  lambda.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
}

/** A client's rights on a cluster, as actions of MSK's IAM. */
export interface KafkaRights {
  /** Names of topics. `demo.*` stands for all topics whose names begin with `demo.`. */
  readonly topics: readonly string[];
  readonly topicActions: readonly string[];
  readonly groups?: readonly string[];
}

/** Allows a client to connect, and to use these rights. */
export function allowKafka(role: Role, cluster: Cluster, rights: KafkaRights): void {
  const kafka = (actions: readonly string[], resources: readonly string[]) =>
    allow(role, {
      service: 'kafka-cluster',
      actions,
      resources,
      because:
        "The cluster's ARN ends in an id that is unknown in advance; the names after it are the pipeline's",
    });
  const named = (kind: 'topic' | 'group', names: readonly string[]) =>
    names.map((name) =>
      Stack.of(role).formatArn({
        service: 'kafka',
        resource: kind,
        resourceName: `${cluster.name}/*/${name}`,
      }),
    );
  allow(role, {
    service: 'kafka-cluster',
    actions: ['Connect', 'DescribeCluster'],
    resources: [cluster.arn],
  });
  kafka(rights.topicActions, named('topic', rights.topics));
  if (rights.groups) kafka(['AlterGroup', 'DescribeGroup'], named('group', rights.groups));
}

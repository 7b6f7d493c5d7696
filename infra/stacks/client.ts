/**
 * The client machine: Kafka's tools and the REST proxy. It has no key pair and no public address: access is through Session
 * Manager. It is in a separate stack, so that the cluster is kept if the machine's script fails.
 */
import { createHash } from 'node:crypto';
import {
  CfnOutput,
  CfnWaitCondition,
  CfnWaitConditionHandle,
  Duration,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  type IMachineImage,
  Instance,
  InstanceType,
  type IVpc,
  MachineImage,
  OperatingSystemType,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import { NetworkTargetGroup, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { InstanceIdTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { topicName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { acknowledge, acknowledgeRule } from '../acknowledge.ts';
import { ARTIFACTS_FOLDER } from '../artifacts.ts';
import { bucketArn, bucketOf } from '../buckets.ts';
import { NEWEST_IMAGE } from '../images.ts';
import { allowKafka, type Cluster, CONNECT_TOPICS } from '../kafka/cluster.ts';
import { CLIENT_DISK_GB, REST_PORT } from '../kafka/configuration.ts';
import { machineScript } from '../kafka/machine.ts';
import { INSIDE } from '../kafka/network.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import type { KafkaStack } from './kafka.ts';

const HOUR_MS = 3_600_000;
/** The machine needs a few minutes for packages, half a gigabyte of artifacts, topics and the proxy's start. */
const READY_WITHIN = Duration.minutes(20);

/** The stack is complete when the machine's script signals that topics and REST proxy are ready. */
export class ClientStack extends Stack {
  /** Requests to this target group reach the REST proxy. */
  readonly rest: NetworkTargetGroup;

  constructor(
    scope: Construct,
    name: string,
    settings: InfraSettings,
    { vpc, cluster, restProxy, brokerClients }: KafkaStack,
    props: StackProps,
  ) {
    super(scope, name, props);
    const script = (readyUrl: string) =>
      machineScript({
        id: settings.id,
        region: this.region,
        artifactsBucket: bucketOf(settings.id, 'artifacts'),
        bootstrap: cluster.bootstrap,
        topics: datasets.map((dataset) => topicName(settings.id, dataset.name)),
        topicFlags: topicFlags(settings),
        readyUrl,
      });
    const { clientImage } = settings;
    // A changed script or image creates a new machine, and the stack must wait for the signal of this machine. So the names
    // of the wait condition and its handle contain a hash of both. The script is resolved before it is hashed, because the
    // numbers of CDK tokens differ in every process.
    const resolved = JSON.stringify([this.resolve(script('')), clientImage]);
    const version = createHash('sha256').update(resolved).digest('hex').slice(0, 8);
    const handle = new CfnWaitConditionHandle(this, `ClientReadyHandle${version}`);
    const instance = new Instance(this, 'Client', {
      vpc,
      vpcSubnets: INSIDE,
      instanceType: new InstanceType(settings.kafka.clientInstance),
      machineImage: image(clientImage),
      role: clientRole(this, settings, cluster),
      securityGroup: restProxy,
      userData: UserData.custom(script(handle.ref)),
      userDataCausesReplacement: true,
      requireImdsv2: true,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(CLIENT_DISK_GB, {
            encrypted: true,
            volumeType: EbsDeviceVolumeType.GP3,
          }),
        },
      ],
    });
    instance.addSecurityGroup(brokerClients);
    acknowledge(instance, {
      EC29: 'The machine stores nothing, and a changed script or image replaces the machine',
    });
    acknowledgeRule(instance, 'W9010', 'The template is for one region, for which this image was recorded');
    acknowledgeRule(instance, 'W3010', 'The template is for one region, and kafka.zoneNames are its zones');
    const ready = new CfnWaitCondition(this, `ClientReady${version}`, {
      handle: handle.ref,
      count: 1,
      timeout: String(READY_WITHIN.toSeconds()),
    });
    ready.node.addDependency(instance);
    this.rest = restTarget(this, vpc, instance);
    // The previous machine serves requests until the new machine is ready.
    this.rest.node.addDependency(ready);
    new CfnOutput(this, 'ClientId', { value: instance.instanceId, description: 'For Session Manager' });
  }
}

/** Returns the recorded image, or the newest image in a synthesis before the first deployment. */
const image = (recorded: string | undefined): IMachineImage =>
  recorded === undefined
    ? MachineImage.fromSsmParameter(NEWEST_IMAGE, { os: OperatingSystemType.LINUX })
    : {
        getImage: () => ({
          imageId: recorded,
          osType: OperatingSystemType.LINUX,
          userData: UserData.forLinux(),
        }),
      };

/**
 * The agent's rights for sessions only. Amazon's policy AmazonSSMManagedInstanceCore would also let the machine read every parameter of
 * the account. https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
const SESSION_MANAGER_RIGHTS = {
  ssm: ['UpdateInstanceInformation'],
  ssmmessages: ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'],
};

function clientRole(scope: Construct, settings: InfraSettings, cluster: Cluster): Role {
  const role = new Role(scope, 'ClientRole', {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    description: 'Client machine: creates topics and sends to them; reads the artifacts',
  });
  for (const [service, actions] of Object.entries(SESSION_MANAGER_RIGHTS))
    allow(role, {
      service,
      actions,
      resources: ['*'],
      because: "Session Manager's channels have no resources, and the machine is created after its role",
    });
  allow(role, {
    service: 's3',
    actions: ['GetObject'],
    resources: [bucketArn(settings.id, 'artifacts', `${ARTIFACTS_FOLDER}/*`)],
    because: 'All artifacts, and nothing else in the bucket',
  });
  // The proxy's producers need this right, because they are idempotent: a retry duplicates no batch.
  allow(role, {
    service: 'kafka-cluster',
    actions: ['WriteDataIdempotently'],
    resources: [cluster.arn],
  });
  allowKafka(role, cluster, {
    topics: [topicName(settings.id, '*')],
    topicActions: [
      ...['CreateTopic', 'DescribeTopic', 'AlterTopic', 'WriteData', 'ReadData'],
      ...['DescribeTopicDynamicConfiguration', 'AlterTopicDynamicConfiguration'],
    ],
    // The name that kafka-console-consumer.sh gives its consumer group.
    groups: ['console-consumer-*'],
  });
  // These topics remain when a connector is deleted; docs/aws.md describes how to delete them.
  allowKafka(role, cluster, { topics: [CONNECT_TOPICS], topicActions: ['DescribeTopic', 'DeleteTopic'] });
  return role;
}

function topicFlags({ kafka }: InfraSettings): string[] {
  const flags = [
    '--partitions',
    String(kafka.partitions),
    '--config',
    `retention.ms=${kafka.retentionHours * HOUR_MS}`,
  ];
  // A serverless cluster chooses the replication factor itself.
  return kafka.cluster === 'serverless' ? flags : [...flags, '--replication-factor', String(kafka.zones)];
}

/**
 * The target group is in the machine's stack, so that a new machine changes nothing in the stacks that send to the target
 * group.
 */
const restTarget = (scope: Construct, vpc: IVpc, instance: Instance): NetworkTargetGroup =>
  new NetworkTargetGroup(scope, 'Rest', {
    vpc,
    port: REST_PORT,
    protocol: Protocol.TCP,
    targets: [new InstanceIdTarget(instance.instanceId, REST_PORT)],
    healthCheck: { protocol: Protocol.HTTP, path: '/topics', interval: Duration.seconds(30) },
  });

/** The VPC: brokers and their clients have no route to the internet; only Airflow, if enabled, has one. */
import { Aws, Fn, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Port,
  type SecurityGroup,
  type SubnetConfiguration,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { bucketArn } from '../buckets.ts';
import { logGroup, logName } from '../logs.ts';
import type { InfraSettings } from '../settings.ts';
import { SESSION_MANAGER } from './configuration.ts';

/** Brokers, the client machine, MSK Connect's workers and the load balancer. */
export const INSIDE: SubnetSelection = { subnetGroupName: 'inside' };
/** Airflow's workers, which call Databricks. */
export const AIRFLOW: SubnetSelection = { subnetGroupName: 'airflow' };

/**
 * Creates subnets without a route to the internet and, for Airflow, subnets with a NAT gateway. S3 is reached through VPC
 * endpoints.
 */
export function makeNetwork(scope: Construct, { id, kafka, orchestration }: InfraSettings): IVpc {
  const airflow = orchestration.enabled;
  // `inside` comes first and the masks are fixed, so that switching Airflow on or off does not change the brokers' addresses.
  const subnets: SubnetConfiguration[] = [
    { name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
  ];
  if (airflow)
    subnets.push(
      { name: 'airflow', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      { name: 'way-out', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
    );
  // Without zoneNames, zones are chosen by their position in the region's list. The CDK's own choice would have only two zones.
  const zones =
    kafka.zoneNames ??
    Array.from({ length: kafka.zones }, (_, zone) => Fn.select(zone, Fn.getAzs(Stack.of(scope).region)));
  // The CDK's classes don't support exactOptionalPropertyTypes, so they are cast to their interfaces, here and elsewhere.
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
    availabilityZones: [...zones],
    natGateways: airflow ? 1 : 0,
    subnetConfiguration: subnets,
    flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs(logGroup(scope, id, 'network')) } },
  }) as IVpc;
  acknowledge(vpc, {
    [`IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:${logName(id, 'network')}:*]`]:
      'All streams of one log group, the only one that the flow log writes to',
  });
  addS3(vpc, id, airflow);
  return vpc;
}

/**
 * Adds endpoints for S3, which are free. Without the second endpoint, Airflow's traffic to S3 would go through the NAT
 * gateway, which is billed.
 */
function addS3(vpc: IVpc, id: string, airflow: boolean): void {
  const service = GatewayVpcEndpointAwsService.S3;
  const inside = vpc.addGatewayEndpoint('S3', { service, subnets: [INSIDE] });
  const allow = (actions: string[], resources: string[]) =>
    inside.addToPolicy(new PolicyStatement({ principals: [new AnyPrincipal()], actions, resources }));
  allow(['s3:GetObject'], [bucketArn(id, 'artifacts', '*')]);
  allow(
    ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    [bucketArn(id, 'landing', '*')],
  );
  allow(
    ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
    [bucketArn(id, 'landing')],
  );
  // Confluent's sink lists the buckets when it starts.
  allow(['s3:ListAllMyBuckets'], ['*']);
  // The client machine sends its signal to a bucket of CloudFormation:
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html
  allow(['s3:PutObject'], [`arn:${Aws.PARTITION}:s3:::cloudformation-waitcondition-${Aws.REGION}/*`]);
  // Amazon Linux's packages: https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html
  allow(['s3:GetObject'], [`arn:${Aws.PARTITION}:s3:::al2023-repos-${Aws.REGION}-de612dc2/*`]);
  if (airflow) vpc.addGatewayEndpoint('AirflowS3', { service, subnets: [AIRFLOW] });
}

/**
 * Lets Session Manager reach the machines in the group `clients`. Only these machines can use its endpoints, which are in
 * `group`.
 */
export function addSessionManager(vpc: IVpc, group: SecurityGroup, clients: SecurityGroup): void {
  group.addIngressRule(clients, Port.HTTPS, 'Session Manager');
  for (const name of SESSION_MANAGER)
    vpc.addInterfaceEndpoint(name, {
      service: new InterfaceVpcEndpointAwsService(name),
      subnets: { subnets: vpc.isolatedSubnets.slice(0, 1) },
      securityGroups: [group],
      open: false,
    });
}

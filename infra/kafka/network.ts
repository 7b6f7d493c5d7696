/** The VPC: brokers and their clients have no way to the internet; only Airflow, where it is wanted, has one. */
import { Fn, Stack } from 'aws-cdk-lib';
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
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Brokers, the client machine, MSK Connect's workers and the load balancer. */
export const INSIDE: SubnetSelection = { subnetGroupName: 'inside' };
/** Airflow's workers, which call Databricks. */
export const AIRFLOW: SubnetSelection = { subnetGroupName: 'airflow' };

/** Session Manager's own services: the client machine is reached through them, and by nothing else. */
const SESSION_MANAGER = {
  ssm: InterfaceVpcEndpointAwsService.SSM,
  ssmmessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  ec2messages: InterfaceVpcEndpointAwsService.EC2_MESSAGES,
};

export interface NetworkOptions {
  readonly zones: number;
  /** Whether Airflow gets subnets with a way out: a NAT gateway in one zone. */
  readonly airflow: boolean;
  readonly flowLog: LogGroup;
}

/** Subnets without a way out, and one with a NAT gateway where there is Airflow; S3 is reached by an endpoint of the VPC. */
export function makeNetwork(scope: Construct, { zones, airflow, flowLog }: NetworkOptions): IVpc {
  // `inside` comes first and the masks are fixed: switching Airflow on or off moves no address of the brokers.
  const subnets: SubnetConfiguration[] = [
    { name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
  ];
  if (airflow)
    subnets.push(
      { name: 'airflow', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
      { name: 'way-out', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
    );
  // CDK's classes aren't written for exactOptionalPropertyTypes: here and elsewhere they are taken for their interfaces.
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
    // By position, so that one template serves every region; the stack's own list has only two.
    availabilityZones: Array.from({ length: zones }, (_, zone) =>
      Fn.select(zone, Fn.getAzs(Stack.of(scope).region)),
    ),
    natGateways: airflow ? 1 : 0,
    subnetConfiguration: subnets,
    flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs(flowLog) } },
  }) as IVpc;
  // S3 costs nothing by this way: artifacts, Amazon Linux's packages, the connector's objects.
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [INSIDE] });
  return vpc;
}

/** Lets Session Manager reach the machines of a group, and nobody else use the endpoints. */
export function addSessionManager(vpc: IVpc, group: SecurityGroup, clients: SecurityGroup): void {
  group.addIngressRule(clients, Port.HTTPS, 'Session Manager');
  for (const [name, service] of Object.entries(SESSION_MANAGER))
    vpc.addInterfaceEndpoint(name, {
      service,
      subnets: { subnets: vpc.isolatedSubnets.slice(0, 1) },
      securityGroups: [group],
      open: false,
    });
}

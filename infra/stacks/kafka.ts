/** Kafka: the VPC and the MSK cluster. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type Cluster, IAM_PORT, makeCluster } from '../kafka/cluster.ts';
import { addSessionManager, makeNetwork } from '../kafka/network.ts';
import { logGroup } from '../logs.ts';
import type { InfraSettings } from '../settings.ts';

export class KafkaStack extends Stack {
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  /** Members of this group reach the brokers. */
  readonly brokerClients: SecurityGroup;
  /** The security group of the REST proxy. A stack that sends requests to the proxy must add an inbound rule to it. */
  readonly restProxy: SecurityGroup;

  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    this.vpc = makeNetwork(this, settings);
    const group = (id: string, description: string) =>
      new SecurityGroup(this, id, { vpc: this.vpc, description });
    const brokers = group('Brokers', 'MSK brokers');
    this.brokerClients = group('BrokerClients', 'Clients of the MSK brokers');
    this.restProxy = group('RestProxy', 'Kafka REST proxy on the client machine');
    addSessionManager(this.vpc, group('Endpoints', 'Session Manager'), this.restProxy);
    brokers.addIngressRule(this.brokerClients, Port.tcp(IAM_PORT), 'SASL by IAM');
    this.cluster = makeCluster(this, settings, {
      vpc: this.vpc,
      group: brokers,
      log: logGroup(this, settings.id, 'brokers'),
    });
    new CfnOutput(this, 'BrokerAddresses', {
      value: this.cluster.bootstrap,
      description: 'Reachable only from inside the VPC, such as from the client machine',
    });
  }
}

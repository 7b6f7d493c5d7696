/** Kafka: the VPC, the MSK cluster, and the client machine with the REST proxy. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Client, makeClient } from '../kafka/client.ts';
import { type Cluster, IAM_PORT, makeCluster } from '../kafka/cluster.ts';
import { addSessionManager, makeNetwork } from '../kafka/network.ts';
import type { InfraSettings } from '../settings.ts';

export class KafkaStack extends Stack {
  readonly vpc: IVpc;
  readonly cluster: Cluster;
  readonly client: Client;
  /** Who is in this group reaches the brokers. */
  readonly brokerClients: SecurityGroup;
  /** Who may send to the REST proxy has to be let into this group. */
  readonly restProxy: SecurityGroup;

  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    const log = (id: string) =>
      new LogGroup(this, id, {
        retention: settings.logs.retentionDays as RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    this.vpc = makeNetwork(this, {
      zones: settings.kafka.zones,
      airflow: settings.orchestration.enabled,
      flowLog: log('FlowLog'),
    });
    const group = (id: string, description: string) =>
      new SecurityGroup(this, id, { vpc: this.vpc, description });
    const brokers = group('Brokers', 'MSK brokers');
    this.brokerClients = group('BrokerClients', 'Clients of the MSK brokers');
    this.restProxy = group('RestProxy', 'Kafka REST proxy on the client machine');
    addSessionManager(this.vpc, group('Endpoints', 'Session Manager'), this.restProxy);
    brokers.addIngressRule(this.brokerClients, Port.tcp(IAM_PORT), 'SASL by IAM');
    this.cluster = makeCluster(this, settings, { vpc: this.vpc, group: brokers, log: log('BrokerLog') });
    this.client = makeClient(this, settings, {
      vpc: this.vpc,
      groups: [this.restProxy, this.brokerClients],
      cluster: this.cluster,
    });
    new CfnOutput(this, 'ClientId', {
      value: this.client.instance.instanceId,
      description: 'For Session Manager',
    });
    new CfnOutput(this, 'BrokerAddresses', {
      value: this.cluster.bootstrap,
      description: 'For KAFKA_BROKERS',
    });
  }
}

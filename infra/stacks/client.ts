/** The client machine, in a separate stack, so that the cluster is kept if the machine's script fails. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { makeClient } from '../kafka/client.ts';
import type { InfraSettings } from '../settings.ts';
import type { KafkaStack } from './kafka.ts';

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
    const { instance, rest } = makeClient(this, settings, {
      vpc,
      cluster,
      groups: [restProxy, brokerClients],
    });
    this.rest = rest;
    new CfnOutput(this, 'ClientId', { value: instance.instanceId, description: 'For Session Manager' });
  }
}

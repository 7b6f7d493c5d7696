/** The API's route to the REST proxy: every path except `/streams` goes through the VpcLink and the load balancer. */
import {
  AuthorizationType,
  ConnectionType,
  Integration,
  IntegrationType,
  type IRestApi,
  VpcLink,
} from 'aws-cdk-lib/aws-apigateway';
import { CfnSecurityGroupIngress, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  type INetworkLoadBalancer,
  NetworkLoadBalancer,
  Protocol,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { REST_PORT } from '../kafka/configuration.ts';
import { INSIDE } from '../kafka/network.ts';
import type { ClientStack } from '../stacks/client.ts';
import type { KafkaStack } from '../stacks/kafka.ts';

/** Adds the route, and returns its load balancer. */
export function addRestProxy(
  scope: Construct,
  api: IRestApi,
  { vpc, restProxy }: KafkaStack,
  client: ClientStack,
): NetworkLoadBalancer {
  const group = new SecurityGroup(scope, 'BalancerGroup', {
    vpc,
    description: 'Load balancer in front of the REST proxy: accepts no connections from the VPC',
    allowAllOutbound: true,
  });
  const balancer = new NetworkLoadBalancer(scope, 'Balancer', {
    vpc,
    vpcSubnets: INSIDE,
    internetFacing: false,
    crossZoneEnabled: true,
    securityGroups: [group],
    // The group allows no inbound traffic. This setting exempts the traffic through the VpcLink from the group's rules.
    enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: false,
  });
  balancer.addListener('Rest', {
    port: REST_PORT,
    protocol: Protocol.TCP,
    defaultTargetGroups: [client.rest],
  });
  new CfnSecurityGroupIngress(scope, 'BalancerToRestProxy', {
    groupId: restProxy.securityGroupId,
    sourceSecurityGroupId: group.securityGroupId,
    ipProtocol: 'tcp',
    fromPort: REST_PORT,
    toPort: REST_PORT,
    description: 'Only from the load balancer',
  });
  acknowledge(balancer, {
    ELB2: 'A network load balancer logs only TLS connections, and this one uses TCP; the API logs each request',
  });
  const link = new VpcLink(scope, 'Link', { targets: [balancer as INetworkLoadBalancer] });
  api.root.addResource('{proxy+}').addMethod(
    'ANY',
    new Integration({
      type: IntegrationType.HTTP_PROXY,
      integrationHttpMethod: 'ANY',
      uri: `http://${balancer.loadBalancerDnsName}:${REST_PORT}/{proxy}`,
      options: {
        connectionType: ConnectionType.VPC_LINK,
        vpcLink: link,
        requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
      },
    }),
    { requestParameters: { 'method.request.path.proxy': true }, authorizationType: AuthorizationType.IAM },
  );
  return balancer;
}

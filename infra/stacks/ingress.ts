/** The API, which accepts posts over HTTPS for Kafka's REST proxy and for Kinesis, from callers with IAM credentials. */
import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  type IRestApi,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { acknowledge } from '../acknowledge.ts';
import { addKinesisProxy } from '../ingress/kinesis-proxy.ts';
import { addRestProxy } from '../ingress/rest-proxy.ts';
import { logGroup } from '../logs.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import { STAGE } from '../stage.ts';
import type { ClientStack } from './client.ts';
import type { KafkaStack } from './kafka.ts';
import { streamArns } from './streams.ts';

export class IngressStack extends Stack {
  readonly balancer: NetworkLoadBalancer;

  constructor(
    scope: Construct,
    name: string,
    settings: InfraSettings,
    { kafka, client }: { readonly kafka: KafkaStack; readonly client: ClientStack },
    props: StackProps,
  ) {
    super(scope, name, props);
    const log = logGroup(this, settings.id, 'api');
    const api = new RestApi(this, 'Api', {
      restApiName: stackName(settings.id, 'api'),
      description: 'Posts to Kafka (/topics/…) and to Kinesis (/streams/…)',
      endpointTypes: [EndpointType.REGIONAL],
      // API Gateway writes its logs with this role, which all APIs of an account and region share.
      cloudWatchRole: true,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: settings.ingress.requestsPerSecond,
        throttlingBurstLimit: settings.ingress.burst,
        accessLogDestination: new LogGroupLogDestination(log),
        accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
        // Errors only: a log of complete requests would contain people's posts.
        loggingLevel: MethodLoggingLevel.ERROR,
      },
      defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
    });
    acknowledge(api, {
      COG4: 'Every method requires a signature of IAM; no users with passwords call the API',
      APIG3:
        'Only requests with a signature of IAM are accepted, and the stage is throttled; a firewall would cost more than it prevents',
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'API Gateway requires this policy for its own logs',
    });
    addKinesisProxy(api as IRestApi, this.kinesisRole(settings.id));
    this.balancer = addRestProxy(this, api as IRestApi, kafka, client);
    this.keepExecutionLog(api, settings);
    const producer = this.producerPolicy(settings.id, api);
    new CfnOutput(this, 'InvokeUrl', { value: api.url, description: 'The address for producers' });
    new CfnOutput(this, 'ProducerPolicyArn', {
      value: producer.managedPolicyArn,
      description: 'The rights of a producer',
    });
  }

  /** Creates the log group of API Gateway's errors. Otherwise API Gateway would create a group without expiry, which outlives the stack. */
  private keepExecutionLog(api: RestApi, settings: InfraSettings): void {
    const log = new LogGroup(this, 'ExecutionLog', {
      logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`,
      retention: settings.logs.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    api.deploymentStage.node.addDependency(log);
  }

  private kinesisRole(id: string): Role {
    const role = new Role(this, 'KinesisRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      description: "The API's rights in Kinesis: the pipeline's own streams",
    });
    allow(role, {
      service: 'kinesis',
      actions: ['ListStreams'],
      resources: ['*'],
      because: 'ListStreams has no resources',
    });
    allow(role, {
      service: 'kinesis',
      actions: ['CreateStream', 'DescribeStream', 'DeleteStream', 'PutRecord', 'PutRecords'],
      resources: streamArns(this, id),
    });
    return role;
  }

  /** Returns a policy for producers. It only allows sending, through the API or directly to Kinesis. */
  private producerPolicy(id: string, api: RestApi): ManagedPolicy {
    const policy = new ManagedPolicy(this, 'Producer', {
      managedPolicyName: stackName(id, 'producer'),
      description: 'Sends posts through the API or directly to Kinesis',
    });
    const call = (method: string, path: string) => api.arnForExecuteApi(method, path, STAGE);
    allow(policy, {
      service: 'execute-api',
      actions: ['Invoke'],
      resources: [
        ...[call('GET', '/topics/*'), call('POST', '/topics/*'), call('GET', '/streams')],
        ...[call('GET', '/streams/*'), call('PUT', '/streams/*/record'), call('PUT', '/streams/*/records')],
      ],
      because: 'Any topic or stream, because the rights of the REST proxy and of the API limit the names',
    });
    allow(policy, {
      service: 'kinesis',
      actions: ['PutRecord', 'PutRecords', 'DescribeStreamSummary', 'ListShards'],
      resources: streamArns(this, id),
    });
    return policy;
  }
}

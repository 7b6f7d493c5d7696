/** All stacks of the pipeline, in the order in which they are deployed. */
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stackName } from '../src/names.ts';
import { STACKS, type StackPart } from './parts.ts';
import type { InfraSettings } from './settings.ts';
import { AlarmsStack } from './stacks/alarms.ts';
import { BudgetStack } from './stacks/budget.ts';
import { ClientStack } from './stacks/client.ts';
import { ConnectStack } from './stacks/connect.ts';
import { DatabricksStack } from './stacks/databricks.ts';
import { IngressStack } from './stacks/ingress.ts';
import { KafkaStack } from './stacks/kafka.ts';
import { OrchestrationStack } from './stacks/orchestration.ts';
import { SourceStack } from './stacks/source.ts';
import { StorageStack } from './stacks/storage.ts';
import { StreamsStack } from './stacks/streams.ts';

/**
 * Flags that select the CDK's newer behaviour where an older one is still the default. They are in code, not in cdk.json, so that
 * the CDK's command line and a synthesis in this process make the same templates.
 */
const FLAGS = {
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
  '@aws-cdk/aws-apigateway:requestValidatorUniqueId': true,
  // Otherwise, machines with the same id in different stacks would share one launch template name.
  '@aws-cdk/aws-ec2:uniqueImdsv2TemplateName': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws', 'aws-cn'],
};

/** Returns an app for the stacks. Its synthesis fails on a finding of cdk-nag, and writes to `outdir`, by default a temporary folder. */
export function makeApp(outdir?: string): App {
  const app = new App({
    analyticsReporting: false,
    postCliContext: FLAGS,
    ...(outdir === undefined ? {} : { outdir }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { writeSuppressionsToCloudFormation: true }));
  return app;
}

/** Creates the stacks; each receives the stacks that it needs, so that the CDK can order them. */
export function makePipeline(app: App, settings: InfraSettings): Partial<Record<StackPart, Stack>> {
  const args = <Part extends StackPart>(part: Part) => [app, stackName(settings.id, part), settings] as const;
  const props = (part: StackPart) => ({ description: STACKS[part].title, tags: { pipeline: settings.id } });

  const budget = new BudgetStack(...args('budget'), props('budget'));
  const storage = new StorageStack(...args('storage'), props('storage'));
  const streams = new StreamsStack(...args('streams'), props('streams'));
  const kafka = new KafkaStack(...args('kafka'), props('kafka'));
  const client = new ClientStack(...args('client'), kafka, props('client'));
  const connect = new ConnectStack(...args('connect'), kafka, props('connect'));
  const ingress = new IngressStack(...args('ingress'), { kafka, client }, props('ingress'));
  const databricks = new DatabricksStack(...args('databricks'), props('databricks'));
  const alarms = new AlarmsStack(...args('alarms'), { client, ingress }, props('alarms'));
  const source = settings.source.enabled
    ? new SourceStack(...args('source'), kafka, props('source'))
    : undefined;
  const orchestration = settings.orchestration.enabled
    ? new OrchestrationStack(...args('orchestration'), kafka, props('orchestration'))
    : undefined;
  const all: Partial<Record<StackPart, Stack>> = {
    ...{ budget, storage, streams, kafka, client, connect, ingress, databricks, alarms },
    ...(source && { source }),
    ...(orchestration && { orchestration }),
  };
  // Buckets, log groups and the alarms' topic are referred to by name, so the CDK needs explicit dependencies on their stacks.
  for (const [part, stack] of Object.entries(all))
    for (const other of STACKS[part as StackPart].needs) stack.addStackDependency(all[other] as Stack);
  return all;
}

/**
 * Alarms, budget and dashboard: every place that a record passes has an alarm, all alarms are sent to one topic, and
 * each watches a resource that exists.
 */
import { describe, expect, test } from 'vitest';
import { PICTURED } from '../../infra/picture.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { synthAll } from '../../infra/synth.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { list, type Named, plain, resources, statements } from '../fixtures/templates.ts';

const settings = readInfraSettings('demo', { text: `${PICTURED}alarms: { email: person@example.test }\n` });
const templates = synthAll(settings);
const serverless = synthAll(
  readInfraSettings('demo', { text: 'profile: trial\nkafka: { cluster: serverless }\n' }),
);
const alarms = resources(templates, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);

/** Returns an alarm's dimensions, such as `Cluster Name=pinterest-demo-kafka`. */
const dimensions = (alarm: (typeof alarms)[number]): string[] =>
  list(alarm.Dimensions).map(({ Name, Value }) => `${Name}=${plain(Value)}`);

describe('alarms', () => {
  test.each<[string, string, number]>([
    ['AWS/Kafka', 'KafkaDataLogsDiskUsed', 3],
    ['AWS/Kafka', 'OfflinePartitionsCount', 1],
    ['AWS/Kafka', 'UnderReplicatedPartitions', 3],
    ['AWS/Kafka', 'CPUCreditBalance', 0],
    ['AWS/KafkaConnect', 'RunningTaskCount', 1],
    ['AWS/KafkaConnect', 'ErroredTaskCount', 1],
    ['AWS/Kafka', 'EstimatedMaxTimeLag', datasets.length],
    ['AWS/NetworkELB', 'HealthyHostCount', 1],
    ['AWS/ApiGateway', '5XXError', 1],
    ['AWS/Kinesis', 'GetRecords.IteratorAgeMilliseconds', datasets.length],
  ])('watch the metric %s %s', (namespace, metric, count) => {
    const found = alarms.filter((one) => one.Namespace === namespace && one.MetricName === metric);
    expect(found).toHaveLength(count);
  });

  test('are all sent to one topic, and each explains what to do', () => {
    const [[, topic]] = resources(templates, 'AWS::SNS::Topic') as [Named];
    expect(new Set(alarms.flatMap(({ AlarmActions }) => AlarmActions.map(plain)))).toEqual(
      new Set([`arn:<AWS::Partition>:sns:<AWS::Region>:<AWS::AccountId>:${topic.Properties.TopicName}`]),
    );
    for (const { AlarmDescription } of alarms) expect(AlarmDescription).toMatch(/: \S+ \S+/);
    expect(new Set(alarms.map(({ AlarmName }) => AlarmName)).size).toBe(alarms.length);
  });

  test('watch resources that the other stacks create', () => {
    const { alarms: _, ...others } = templates;
    const text = JSON.stringify(others);
    const made = (name: string) => expect(text, name).toContain(`"${name}"`);
    for (const dimension of alarms.flatMap(dimensions)) {
      const [name = '', value = ''] = dimension.split('=');
      if (['Cluster Name', 'ConnectorName', 'ApiName', 'StreamName', 'Stage'].includes(name)) made(value);
      if (name === 'Consumer Group') made(value.replace(/^connect-/, ''));
    }
    // The alarm must name a load balancer and a target group.
    const health = alarms.find(({ MetricName }) => MetricName === 'HealthyHostCount');
    expect(dimensions(health as (typeof alarms)[number]).join()).toMatch(/LoadBalancer=.*TargetGroup=/);
  });

  test('are raised for a sink or a REST proxy that sends no metrics', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(breaching.map(({ MetricName }) => MetricName).sort()).toEqual([
      'HealthyHostCount',
      'RunningTaskCount',
    ]);
  });

  test('are raised for one failed task of the sink, even if its other tasks run', () => {
    const failed = alarms.find(({ MetricName }) => MetricName === 'ErroredTaskCount');
    expect(failed).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'ConnectorName', Value: 'demo-s3-sink' }],
    });
  });

  test('for a late sink allow the time that the sink waits before it closes an object', () => {
    const patient = { ...settings, connect: { ...settings.connect, rotateMinutes: 60 } };
    const lag = resources(synthAll(patient), 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => Properties.MetricName === 'EstimatedMaxTimeLag',
    );
    expect(lag?.[1].Properties.Threshold).toBeGreaterThan(3600);
  });

  test('for brokers do not exist with a serverless cluster', () => {
    const made = resources(serverless, 'AWS::CloudWatch::Alarm');
    expect(made.filter(([, { Properties }]) => /Disk|Partitions|Credit/.test(Properties.MetricName))).toEqual(
      [],
    );
  });

  test('for partitions are raised after ten minutes without a leader, and after 30 minutes without a replica', () => {
    const of = (metric: string) => alarms.find(({ MetricName }) => MetricName === metric);
    const cluster = { Name: 'Cluster Name', Value: 'pinterest-demo-kafka' };
    expect(of('OfflinePartitionsCount')).toMatchObject({
      Threshold: 0,
      Period: 300,
      EvaluationPeriods: 2,
      Dimensions: [cluster],
    });
    expect(of('UnderReplicatedPartitions')).toMatchObject({
      Threshold: 0,
      Statistic: 'Minimum',
      Period: 300,
      EvaluationPeriods: 6,
      Dimensions: [{ Name: 'Broker ID', Value: '1' }, cluster],
    });
  });

  test('for CPU credits exist for each broker of a type that has them', () => {
    const made = resources(
      synthAll(readInfraSettings('demo', { text: 'profile: trial' })),
      'AWS::CloudWatch::Alarm',
    ).filter(([, { Properties }]) => Properties.MetricName === 'CPUCreditBalance');
    expect(made).toHaveLength(2);
    expect(made[0]?.[1].Properties).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('watch metrics that the dashboard shows', () => {
    const [[, dashboard]] = resources(templates, 'AWS::CloudWatch::Dashboard') as [Named];
    const body = plain(dashboard.Properties.DashboardBody);
    for (const { MetricName } of alarms) expect(body).toContain(`"${MetricName}"`);
  });
});

describe('the budget', () => {
  const [[, budget]] = resources(templates, 'AWS::Budgets::Budget') as [Named];

  test('is monthly, has the amount of the setting, and alarms before and after this amount is exceeded', () => {
    expect(budget.Properties.Budget).toMatchObject({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: settings.alarms.monthlyBudgetUsd, Unit: 'USD' },
    });
    expect(
      budget.Properties.NotificationsWithSubscribers.map(
        ({ Notification }: { Notification: { NotificationType: string; Threshold: number } }) =>
          `${Notification.NotificationType} ${Notification.Threshold}`,
      ),
    ).toEqual(['ACTUAL 10', 'ACTUAL 50', 'ACTUAL 80', 'FORECASTED 100']);
    // A change of the thresholds replaces the budget, and a second budget can't have the same name.
    expect(budget.Properties.Budget).not.toHaveProperty('BudgetName');
  });

  test('and CloudWatch can publish to the topic only for this account; the operator is subscribed by email', () => {
    const [[, policy]] = resources(templates, 'AWS::SNS::TopicPolicy') as [Named];
    const allowed = statements(policy.Properties.PolicyDocument).filter(({ Effect }) => Effect === 'Allow');
    expect(
      allowed.flatMap(({ Principal }) => list((Principal as { Service: string }).Service)).sort(),
    ).toEqual(['budgets.amazonaws.com', 'cloudwatch.amazonaws.com']);
    for (const { Condition } of allowed)
      expect(plain(Condition?.StringEquals?.['aws:SourceAccount'])).toBe('<AWS::AccountId>');
    const [[, subscription]] = resources(templates, 'AWS::SNS::Subscription') as [Named];
    expect(subscription.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'person@example.test' });
    // These settings name no email address.
    expect(resources(serverless, 'AWS::SNS::Subscription')).toEqual([]);
  });
});

/** Alarms for every place in AWS that a record passes, all sent to one topic, and a dashboard of the same metrics. */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { PERIOD_MINUTES, type Watched, type WatchedMetric, watched } from '../alarms/watched.ts';
import type { InfraSettings } from '../settings.ts';
import { topicOf } from './budget.ts';
import type { ClientStack } from './client.ts';
import type { IngressStack } from './ingress.ts';

const WIDTH = 12;

export class AlarmsStack extends Stack {
  constructor(
    scope: Construct,
    name: string,
    settings: InfraSettings,
    { client, ingress }: { readonly client: ClientStack; readonly ingress: IngressStack },
    props: StackProps,
  ) {
    super(scope, name, props);
    const arn = this.formatArn({ service: 'sns', resource: topicOf(settings.id) });
    const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', arn));
    const all = watched(settings, {
      balancer: ingress.balancer.loadBalancerFullName,
      targets: client.rest.targetGroupFullName,
    });
    for (const one of all) this.alarm(settings.id, one).addAlarmAction(action);
    const graphs = [...new Set(all.map(({ title }) => title))].map((title) => {
      const left = all.filter((one) => one.title === title).map(({ metric }) => metricOf(metric));
      return new GraphWidget({ title, width: WIDTH, left });
    });
    new Dashboard(this, 'Dashboard', {
      dashboardName: stackName(settings.id, 'pipeline'),
      widgets: graphs.map((graph) => [graph]),
    });
  }

  private alarm(
    id: string,
    { key, description, metric, threshold, periods, missing, below }: Watched,
  ): Alarm {
    return new Alarm(this, key, {
      alarmName: stackName(id, key),
      alarmDescription: description,
      metric: metricOf(metric),
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: missing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

const metricOf = (metric: WatchedMetric): Metric =>
  new Metric({ ...metric, period: Duration.minutes(PERIOD_MINUTES) });

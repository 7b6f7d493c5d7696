/** The topic of all alarms, and the monthly budget. This stack is deployed first, before any stack that costs money. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import type { InfraSettings } from '../settings.ts';

/** Returns the topic's name, by which the stack `alarms` refers to it. */
export const topicOf = (id: string): string => stackName(id, 'alarms');

export class BudgetStack extends Stack {
  constructor(scope: Construct, name: string, { id, alarms }: InfraSettings, props: StackProps) {
    super(scope, name, props);
    // Not encrypted at rest, because CloudWatch and Budgets can't publish to a topic with Amazon's own key. An alarm contains no data.
    const topic = new Topic(this, 'Alarms', { topicName: topicOf(id), enforceSSL: true });
    for (const service of ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'])
      topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(service)],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      );
    if (alarms.email !== null) topic.addSubscription(new EmailSubscription(alarms.email));
    const notify = (
      notificationType: string,
      threshold: number,
    ): CfnBudget.NotificationWithSubscribersProperty => ({
      notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN' },
      subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
    });
    // For the whole account, because a budget by tag counts nothing until the tag is activated in Billing. The budget has no name here,
    // because CloudFormation replaces it when a threshold changes, which would fail if the name were in use.
    const budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: alarms.monthlyBudgetUsd, unit: 'USD' },
      },
      // A forecast needs about five weeks of data, so the low thresholds report a forgotten trial in its first days:
      // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
      notificationsWithSubscribers: [
        ...[10, 50, 80].map((percent) => notify('ACTUAL', percent)),
        notify('FORECASTED', 100),
      ],
    });
    // AWS Budgets publishes a test message when the budget is created, so the topic's policy must exist.
    budget.node.addDependency(topic.node.findChild('Policy'));
    new CfnOutput(this, 'AlarmsTopicArn', {
      value: topic.topicArn,
      description: 'All alarms are sent to this topic',
    });
  }
}

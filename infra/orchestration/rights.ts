/** The rights that MWAA's execution role needs: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { bucketArn } from '../buckets.ts';
import { allow } from '../rights.ts';

const PAGE = 'as Amazon documents for the execution role';

export function allowAirflow(role: Role, environment: string, id: string): void {
  const stack = Stack.of(role);
  allow(role, {
    service: 'airflow',
    actions: ['PublishMetrics'],
    resources: [stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: environment })],
  });
  allow(role, {
    service: 's3',
    actions: ['GetObject*', 'GetBucket*', 'List*'],
    resources: [bucketArn(id, 'airflow'), bucketArn(id, 'airflow', '*')],
    because: `Reads its own bucket, ${PAGE}: the exact actions are not documented`,
  });
  allow(role, {
    service: 's3',
    actions: ['GetAccountPublicAccessBlock'],
    resources: ['*'],
    because: 'An environment checks whether its bucket is private; the account is not a resource',
  });
  allowLogs(role, stack, environment);
  allowQueue(role, stack);
}

function allowLogs(role: Role, stack: Stack, environment: string): void {
  allow(role, {
    service: 'logs',
    actions: [
      ...['CreateLogStream', 'CreateLogGroup', 'PutLogEvents', 'GetLogEvents'],
      ...['GetLogRecord', 'GetLogGroupFields', 'GetQueryResults'],
    ],
    resources: [
      stack.formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: `airflow-${environment}-*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
    because: "The environment's own log groups, which it creates itself",
  });
  allow(role, {
    service: 'logs',
    actions: ['DescribeLogGroups'],
    resources: ['*'],
    because: 'MWAA calls DescribeLogGroups without a narrower resource',
  });
  allow(role, {
    service: 'cloudwatch',
    actions: ['PutMetricData'],
    resources: ['*'],
    because: 'PutMetricData has no resources',
  });
}

/** Allows Celery's queue and its key, which are in an account of Amazon's with an unpublished id. */
function allowQueue(role: Role, stack: Stack): void {
  allow(role, {
    service: 'sqs',
    actions: [
      ...['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes'],
      ...['GetQueueUrl', 'ReceiveMessage', 'SendMessage'],
    ],
    resources: [
      stack.formatArn({
        service: 'sqs',
        account: '*',
        resource: 'airflow-celery-*',
        arnFormat: ArnFormat.NO_RESOURCE_NAME,
      }),
    ],
    because: `The queue is in an account of Amazon's with an unpublished id, ${PAGE}`,
  });
  allow(role, {
    service: 'kms',
    actions: ['Decrypt', 'DescribeKey', 'GenerateDataKey*', 'Encrypt'],
    notResources: [stack.formatArn({ service: 'kms', region: '*', resource: 'key', resourceName: '*' })],
    conditions: { StringLike: { 'kms:ViaService': [`sqs.${stack.region}.amazonaws.com`] } },
    because: `The key that encrypts the queue. It is no key of this account, and may be used only through SQS, ${PAGE}`,
  });
}

/**
 * The log groups by name. All are in the stack `storage`, so that a log is still there after the failed deployment that it
 * explains. Other stacks refer to the groups by name, so no stack needs another stack's exports.
 */
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { stackName } from '../src/names.ts';

export const LOGS = ['network', 'brokers', 'brokers-lookup', 'connect', 'api'] as const;
export type LogKind = (typeof LOGS)[number];

/**
 * A service that delivers logs adds each log group to a resource policy, whose size is limited. Groups with this prefix
 * are not added: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
const VENDED = '/aws/vendedlogs';

export const logName = (id: string, kind: LogKind): string => `${VENDED}/${stackName(id, kind)}`;

/** Returns a log group of the stack `storage`, for another stack. */
export const logGroup = (scope: Construct, id: string, kind: LogKind): ILogGroup =>
  LogGroup.fromLogGroupName(scope, `${kind}-log`, logName(id, kind));

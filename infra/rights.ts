/** The rights of roles. A `*` needs a reason, which the template contains as an acknowledged finding of cdk-nag. */
import { Stack } from 'aws-cdk-lib';
import {
  type ManagedPolicy,
  PolicyStatement,
  type PolicyStatementProps,
  type Role,
} from 'aws-cdk-lib/aws-iam';
import { acknowledge } from './acknowledge.ts';

export interface Right extends Pick<PolicyStatementProps, 'conditions' | 'notResources'> {
  /** The prefix of the actions: `s3` for `s3:GetObject`. */
  readonly service: string;
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  /** Why there is a `*` among actions or resources. */
  readonly because?: string;
}

/** Adds the right to a role or a policy. A `*` without a reason is a finding of cdk-nag, with which the synthesis fails. */
export function allow(
  who: Role | ManagedPolicy,
  { service, actions, resources, because, ...rest }: Right,
): void {
  const named = actions.map((action) => `${service}:${action}`);
  const on = resources === undefined ? {} : { resources: [...resources] };
  const statement = new PolicyStatement({ actions: named, ...on, ...rest });
  if ('addStatements' in who) who.addStatements(statement);
  else who.addToPolicy(statement);
  if (because === undefined) return;
  const printed = (resources ?? []).map((resource) => print(Stack.of(who).resolve(resource)));
  const findings = [
    ...named.map((action) => `Action::${action}`),
    ...printed.map((resource) => `Resource::${resource}`),
  ];
  for (const finding of findings)
    if (finding.includes('*')) acknowledge(who, { [`IAM5[${finding}]`]: because });
}

/** Returns an ARN as cdk-nag prints it: `arn:<AWS::Partition>:s3:::name/*`. */
function print(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  return join ? join[1].map(print).join(join[0]) : `<${Ref}>`;
}

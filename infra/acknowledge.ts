/** Acknowledges intended cdk-nag findings. Each reason is next to the code that causes the finding. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Writes a reason for each finding into the template's metadata: `{ 'IAM5[Resource::*]': 'ListStreams has no resources' }`. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [finding, reason] of Object.entries(reasons))
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}

/** Writes the reason for a finding of CloudFormation's own rules, such as `W9010`. */
export function acknowledgeRule(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `CloudFormation-Validate::${rule}`, reason });
}

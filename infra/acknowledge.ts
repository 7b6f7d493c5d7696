/** Findings of cdk-nag that are as they should be, each with its reason beside the code that it is about. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Reasons by finding: `{ 'IAM5[Resource::*]': 'ListStreams knows no resources' }`. They end up in the template's metadata. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [finding, reason] of Object.entries(reasons))
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}

/** The same for a finding of CloudFormation's own rules: `W9010`. */
export function acknowledgeRule(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `CloudFormation-Validate::${rule}`, reason });
}

/** Checks whether the account has the CDK's bootstrap stack, in a version that suffices for every command. */
import type { Aws } from './aws.ts';
import { bootstrapVersion } from './questions.ts';

/**
 * `cdk rollback` needs this version. `npm run infra deploy` runs it on a stack that was kept after a failure.
 * https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-rollback.html
 */
export const MIN_BOOTSTRAP = 23;

/** Returns the problem with the bootstrap and its remedy; undefined if there is none. */
export async function bootstrapProblem(aws: Aws, account: string): Promise<string | undefined> {
  const version = await bootstrapVersion(aws);
  if (version !== undefined && version >= MIN_BOOTSTRAP) return undefined;
  const found =
    version === undefined
      ? 'The CDK was never bootstrapped'
      : `The CDK's bootstrap has version ${version}, expected ${MIN_BOOTSTRAP} or later,`;
  return `${found} in account ${account}, ${aws.region}: run "npx cdk bootstrap aws://${account}/${aws.region}"`;
}

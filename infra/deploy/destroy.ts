/** `npm run infra destroy`: fails while something still runs, prints what is kept and what that costs, and resumes where it stopped. */
import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { deleteStack } from '../doctor/questions.ts';
import { PARTS, STACKS, type StackPart, withDependents } from '../parts.ts';
import type { Session } from '../session.ts';
import { releaseStreams } from './consumers.ts';
import { bucketsLeft, deleteBucket } from './data.ts';
import { whatRuns } from './running.ts';
import { settled } from './states.ts';

export interface DestroyTools {
  say(line: string): void;
  agrees(question: string): Promise<boolean>;
  readonly pollMs?: number;
}

export interface DestroyOptions {
  /** The stacks to destroy, with all stacks that depend on them; empty means all. */
  readonly parts: readonly StackPart[];
  /** Whether to destroy even if something still runs. */
  readonly force: boolean;
  /** Whether to delete the buckets, too, with all their objects. */
  readonly data: boolean;
}

/**
 * Destroys stacks in the reverse order of their deployment.
 * @returns the exit code
 * @throws AppError if a job or a producer still runs
 */
export async function destroy(
  session: Session,
  options: DestroyOptions,
  tools: DestroyTools,
): Promise<number> {
  const { infra, aws, settings } = session;
  const { say } = tools;
  const wanted = options.parts.length === 0 ? PARTS : withDependents(options.parts);
  const states = await settled(aws, infra.id, wanted, say, tools.pollMs);
  const parts = wanted.filter((part) => states.get(part) !== undefined).reverse();
  if (parts.length === 0) {
    say(`Pipeline ${infra.id} has none of these stacks in ${aws.region}: ${wanted.join(', ')}.`);
    return options.data ? await destroyData(session, tools) : 0;
  }
  const { host, token } = settings.databricks;
  const running = await whatRuns(session, host && token ? { host, token } : undefined);
  for (const line of running.unasked) say(`not checked: ${line}`);
  for (const line of running.found) say(`still runs: ${line}`);
  if (running.found.length > 0 && !options.force)
    throw new AppError(
      'RUNNING',
      'Something still runs. Without these stacks it would fail, but would still be billed: stop it first, or destroy with "-- --force".',
    );
  say(`Pipeline ${infra.id}, account ${session.caller.account}, ${aws.region}. Stacks to destroy:`);
  for (const part of parts) say(`${part.padEnd(14)} ${STACKS[part].title}`);
  // Not derived from the settings, which may have changed since the deployment.
  const kept = parts.includes('storage') && !options.data ? await bucketsLeft(session) : undefined;
  for (const line of staying(infra.id, parts, Object.values(kept ?? {}).flat())) say(line);
  if (!(await tools.agrees('Destroy them?'))) return 1;
  // Deletes through CloudFormation's API, without templates, because settings.yml may have changed since the deployment.
  for (const part of parts) {
    say(`${part}: deleting`);
    if (part === 'streams') await releaseStreams(session, tools);
    await deleteStack(aws, stackName(infra.id, part));
    const left = (await settled(aws, infra.id, [part], () => {}, tools.pollMs)).get(part);
    if (left === undefined) continue;
    say(`${part} still exists (${left.status}${left.reason === '' ? '' : `: ${left.reason}`}).`);
    say("The stack's events in CloudFormation show the reason. Run the same command again to resume.");
    return 1;
  }
  return options.data ? await destroyData(session, tools) : 0;
}

async function destroyData(session: Session, { say, agrees }: DestroyTools): Promise<number> {
  const { ours: buckets, denied } = await bucketsLeft(session);
  for (const bucket of denied)
    say(`not deleted: ${bucket} can't be accessed with these credentials in ${session.aws.region}`);
  const code = denied.length === 0 ? 0 : 1;
  if (buckets.length === 0) return code;
  say('These buckets will be deleted permanently, with every version of every object:');
  for (const bucket of buckets) say(`  ${bucket}`);
  if (!(await agrees('Delete them?'))) return 1;
  for (const bucket of buckets)
    say(`${bucket}: deleted with ${await deleteBucket(session.aws, bucket)} versions`);
  return code;
}

/** Returns what remains after the stacks `parts` are destroyed, with its price. */
function staying(id: string, parts: readonly StackPart[], buckets: readonly string[]): string[] {
  const logs = (group: string) => `  log group ${group}: "aws logs delete-log-group --log-group-name …"`;
  return [
    'These are kept, and cost something while they exist:',
    ...(buckets.length > 0
      ? [
          `  buckets ${buckets.join(', ')}: about $0.023 per GB and month; "npm run infra destroy -- --data" deletes them`,
        ]
      : []),
    ...(parts.includes('source')
      ? [
          `  the last snapshot of database ${stackName(id, 'source')}, if it was deployed with source.keepSnapshot: about $0.095 per GB and month; "aws rds delete-db-snapshot --db-snapshot-identifier …"`,
        ]
      : []),
    ...(parts.includes('orchestration') ? [logs(`airflow-${stackName(id, 'airflow')}-*`)] : []),
    '  everything in Databricks: jobs, schemas, volumes, credentials, and the machines of jobs that still run',
    "  the CDK's own stack CDKToolkit and its bucket: some cents",
  ];
}

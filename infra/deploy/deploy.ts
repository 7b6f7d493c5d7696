/** `npm run infra deploy`: prints what it will deploy, how long that takes and what it costs, asks once, and resumes where it stopped. */
import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { costLines } from '../cost.ts';
import { bootstrapProblem } from '../doctor/bootstrap.ts';
import { newestImage, type StackState } from '../doctor/questions.ts';
import { zoneProblem } from '../doctor/zones.ts';
import { NEWEST_IMAGE, recordImage } from '../images.ts';
import { enabledParts, STACKS, type StackPart, withNeeds } from '../parts.ts';
import type { Session } from '../session.ts';
import { bucketsLeft } from './data.ts';
import { isKept, isNotCreated, type States, settled, wasCreated } from './states.ts';

export interface DeployTools {
  say(line: string): void;
  /** Asks the user a question; true means yes. */
  agrees(question: string): Promise<boolean>;
  /** Synthesizes the templates, once for all stacks. Resolves with an exit code. */
  synth(): Promise<number>;
  /** Runs the CDK's command line on one stack. Resolves with its exit code. */
  cdk(verb: 'deploy' | 'rollback', stack: string, flags: readonly string[]): Promise<number>;
  /** Uploads to the buckets the files that later stacks need. */
  fillBuckets(session: Session): Promise<void>;
  now(): number;
  pollMs?: number;
}

export interface DeployOptions {
  /** The stacks to deploy, with all stacks that they need; empty means all. */
  readonly parts: readonly StackPart[];
  /** Whether to keep the resources of a stack whose deployment fails. */
  readonly keep: boolean;
}

const MINUTE_MS = 60_000;
/** Exit codes from this value upwards mean that a signal ended the program. */
const INTERRUPTED = 128;

/**
 * Deploys stacks in order. If a stack fails, only the stacks that need it are skipped.
 * @returns the exit code
 * @throws AppError before anything is deployed, if the deployment could not succeed
 */
export async function deploy(session: Session, options: DeployOptions, tools: DeployTools): Promise<number> {
  const { infra, aws } = session;
  const { say, now } = tools;
  const enabled = enabledParts(infra);
  const stray = options.parts.find((part) => !enabled.includes(part));
  if (stray !== undefined)
    throw new AppError('OFF', `Stack ${stray} is off: set ${stray}.enabled to true in infra/settings.yml.`);
  const parts = options.parts.length === 0 ? enabled : withNeeds(options.parts);
  const states = await settled(aws, infra.id, parts, say, tools.pollMs);
  refuseHalfDeleted(states);
  await refuseWithoutBootstrap(session);
  if (parts.includes('storage') && isNotCreated(states.get('storage'))) await refuseBucketsLeft(session);
  if (parts.includes('kafka') && !wasCreated(states.get('kafka'))) await refuseZones(session);
  for (const line of planLines(session, parts, states, now())) say(line);
  if (!(await tools.agrees(`Deploy these stacks to account ${session.caller.account} in ${aws.region}?`)))
    return 1;
  if (parts.includes('client')) await pinImage(session, say);
  const code = await tools.synth();
  if (code !== 0) return code;

  const failed: StackPart[] = [];
  for (const part of parts) {
    const missing = withNeeds([part]).filter((one) => failed.includes(one));
    if (missing.length > 0) {
      say(`${part}: skipped, because it needs ${missing.join(', ')}`);
      failed.push(part);
      continue;
    }
    const since = now();
    const name = stackName(infra.id, part);
    say(`${part}: ${STACKS[part].title}`);
    const flags = [
      '--exclusively',
      '--require-approval',
      'never',
      ...(options.keep ? ['--no-rollback'] : []),
    ];
    const rolledBack = isKept(states.get(part)) ? await tools.cdk('rollback', name, []) : 0;
    const result = rolledBack === 0 ? await tools.cdk('deploy', name, flags) : rolledBack;
    const minutes = Math.round((now() - since) / MINUTE_MS);
    say(`${part}: ${result === 0 ? 'done' : 'failed'} after ${minutes} min`);
    if (result >= INTERRUPTED) {
      say(
        'Interrupted. CloudFormation continues with this stack; run the same command again to resume from there.',
      );
      return result;
    }
    if (result !== 0) failed.push(part);
    // Machines of later stacks fetch their files from these buckets.
    else if (part === 'storage') await tools.fillBuckets(session);
  }
  if (failed.length === 0) return 0;
  say(
    `Not deployed: ${failed.join(', ')}. See "When something is wrong" in docs/aws.md, then run the same command again to resume.`,
  );
  return 1;
}

function refuseHalfDeleted(states: States): void {
  const part = [...states.keys()].find((one) => states.get(one)?.status === 'DELETE_FAILED');
  if (part !== undefined)
    throw new AppError(
      'HALF_DELETED',
      `The deletion of stack ${part} has failed: run "npm run infra destroy ${part}" until it succeeds, then deploy it again.`,
    );
}

/** Throws if buckets of an earlier deployment remain, because CloudFormation could not create buckets with the same names. */
async function refuseBucketsLeft(session: Session): Promise<void> {
  const { ours, denied } = await bucketsLeft(session);
  const left = [...ours, ...denied];
  if (left.length > 0)
    throw new AppError(
      'BUCKETS_LEFT',
      `Stack storage can't create buckets that already exist (${left.join(', ')}): delete them with "npm run infra destroy -- --data", or choose another PIPELINE_ID.`,
    );
}

/**
 * Throws if the account lacks the CDK's own stack, because every stack would then fail, one after the other, or if its version can't
 * roll back a stack.
 */
async function refuseWithoutBootstrap({ aws, caller }: Session): Promise<void> {
  const problem = await bootstrapProblem(aws, caller.account).catch((error: unknown) => {
    // The CDK reads its own stack with its own role, so a user without the right to read this stack can still deploy.
    if (error instanceof AppError) return undefined;
    throw error;
  });
  if (problem !== undefined) throw new AppError('BOOTSTRAP', `${problem}.`);
}

async function refuseZones({ aws, infra }: Session): Promise<void> {
  const problem = await zoneProblem(aws, infra);
  if (problem !== undefined) throw new AppError('ZONES', `${problem}.`);
}

/** Records the newest image if none is recorded for the region; the template uses the recorded image. */
async function pinImage({ aws, infra }: Session, say: (line: string) => void): Promise<void> {
  if (infra.clientImage !== undefined) return;
  const image = await newestImage(aws, NEWEST_IMAGE);
  recordImage(aws.region, image);
  say(`The client machine uses image ${image}, recorded in infra/images.lock.json: commit that file.`);
}

function planLines(
  { infra, aws, caller }: Session,
  parts: readonly StackPart[],
  states: States,
  now: number,
) {
  const fresh = parts.filter((part) => !wasCreated(states.get(part)));
  const minutes = fresh.reduce((sum, part) => sum + STACKS[part].minutes, 0);
  const lines = parts.map(
    (part) => `${part.padEnd(14)} ${STACKS[part].title.padEnd(62)} ${expected(part, states.get(part))}`,
  );
  const end = caller.expires?.getTime();
  const short = end !== undefined && end < now + minutes * MINUTE_MS;
  return [
    `Pipeline ${infra.id}, profile ${infra.profile}, account ${caller.account}, ${aws.region}:`,
    ...lines,
    `About ${minutes} minutes in total. To see what changes in permissions: "npm run infra diff".`,
    ...(short
      ? [
          `The credentials expire before that, at ${caller.expires?.toISOString()}: sign in again then, and run the same command again.`,
        ]
      : []),
    '',
    ...costLines(infra, aws.region, now),
    '',
  ];
}

function expected(part: StackPart, state: StackState | undefined): string {
  const time = `about ${STACKS[part].minutes} min`;
  if (isKept(state))
    return `kept after a failure: rolled back first, then ${wasCreated(state) ? 'updated' : time}`;
  if (wasCreated(state)) return 'exists: updated if necessary';
  return state === undefined ? time : `failed before: created again, ${time}`;
}

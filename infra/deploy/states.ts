/** The states of the pipeline's stacks in CloudFormation. */
import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { printable } from '../../src/visible.ts';
import { waitUntil } from '../../src/wait.ts';
import type { Aws } from '../doctor/aws.ts';
import { type StackState, stackState } from '../doctor/questions.ts';
import type { StackPart } from '../parts.ts';

export type States = ReadonlyMap<StackPart, StackState | undefined>;

async function statesOf(aws: Aws, id: string, parts: readonly StackPart[]): Promise<States> {
  const states = await Promise.all(parts.map((part) => stackState(aws, stackName(id, part))));
  return new Map(parts.map((part, index) => [part, states[index]]));
}

/** Returns whether a stack was created completely. A later update may be in progress or have failed. */
export const wasCreated = (state: StackState | undefined): boolean =>
  /^(CREATE_COMPLETE$|UPDATE_|IMPORT_)/.test(state?.status ?? '');

/**
 * Returns whether a failed stack was kept, as `--keep` does. CloudFormation changes a kept stack only after a rollback. A stack
 * in ROLLBACK_FAILED can't be rolled back again: a deployment deletes and creates it.
 */
export const isKept = (state: StackState | undefined): boolean =>
  /^(CREATE|UPDATE|UPDATE_ROLLBACK)_FAILED$/.test(state?.status ?? '');

/** The state of a stack whose first change set failed or was never executed. CloudFormation does not work on it. */
const NOT_CREATED = 'REVIEW_IN_PROGRESS';

/** Returns whether no resource of a stack was ever created. */
export const isNotCreated = (state: StackState | undefined): boolean =>
  state === undefined || state.status === NOT_CREATED;

const isMoving = (state: StackState | undefined): boolean =>
  state !== undefined && /_IN_PROGRESS$/.test(state.status) && !isNotCreated(state);

const POLL_MS = 15_000;
/** Longer than CloudFormation's own time limit. A cluster takes half an hour. */
const SETTLE_TIMEOUT_MS = 6 * 60 * 60_000;
/** How many calls in a row may fail: with the usual interval, a connection may be lost for five minutes. */
const MAX_FAILURES = 20;

/**
 * Waits until CloudFormation works on none of the stacks, and resolves with their states. After an interrupted command,
 * CloudFormation continues with a stack.
 * @throws WaitTimeout after six hours, AppError if AWS can't be reached for minutes
 */
export async function settled(
  aws: Aws,
  id: string,
  parts: readonly StackPart[],
  say: (line: string) => void,
  pollMs = POLL_MS,
): Promise<States> {
  let said = '';
  const sayOnce = (line: string) => {
    if (line !== said) say(line);
    said = line;
  };
  let failures = 0;
  const look = async () => {
    const states = await statesOf(aws, id, parts).catch((error: unknown) => {
      if (!(error instanceof AppError && error.retriable && ++failures < MAX_FAILURES)) throw error;
      sayOnce(printable(`${error.message} Trying again.`));
      return undefined;
    });
    if (states === undefined) return undefined;
    failures = 0;
    const moving = parts.filter((part) => isMoving(states.get(part)));
    if (moving.length === 0) return states;
    sayOnce(`CloudFormation still works on ${moving.join(', ')}: waiting.`);
    return undefined;
  };
  return waitUntil(look, {
    what: "CloudFormation to finish with the pipeline's stacks",
    timeoutMs: SETTLE_TIMEOUT_MS,
    intervalMs: pollMs,
  });
}

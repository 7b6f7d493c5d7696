/** Deregisters the streams' consumers, because CloudFormation can't delete a stream that has any. */
import { AppError } from '../../src/errors.ts';
import { streamName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { waitUntil } from '../../src/wait.ts';
import { consumersOf, deregister } from '../doctor/questions.ts';
import type { Session } from '../session.ts';

const TIMEOUT_MS = 5 * 60_000;
const POLL_MS = 5000;

/** Databricks registers a consumer for each reader with enhanced fan-out (`consumer_mode=efo`), and doesn't deregister it. */
export async function releaseStreams(
  { aws, caller, infra }: Session,
  { say, pollMs = POLL_MS }: { say(line: string): void; readonly pollMs?: number },
): Promise<void> {
  const [, partition] = caller.arn.split(':');
  for (const { name } of datasets) {
    const stream = streamName(infra.id, name);
    const arn = `arn:${partition}:kinesis:${aws.region}:${caller.account}:stream/${stream}`;
    try {
      for (const consumer of await consumersOf(aws, arn)) {
        say(`${stream}: deregistering ${consumer.split('/consumer/').at(-1)}`);
        await deregister(aws, consumer);
      }
      await waitUntil(async () => (await consumersOf(aws, arn)).length === 0, {
        what: `${stream} to have no consumers`,
        timeoutMs: TIMEOUT_MS,
        intervalMs: pollMs,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      say(`${stream} may still have consumers, and can't be deleted then: ${error.message}`);
    }
  }
}

/** One topic partition of the S3 sink, without a broker. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { Partition } from '../../local/kafka/sink/partition.ts';

afterEach(() => vi.useRealTimers());

/** A bucket of one partition, whose topic contains the offsets from `low` to 99. */
function bucket(low = 0n) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'partition-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = { path: path.join(root, 'partition=0'), topic: 'pin', partition: 0 };
  const watermarks = async () => ({ low, high: 100n });
  const sink = () => {
    const scratch = mkdtempSync(path.join(root, 'scratch-'));
    return new Partition({ topic: 'pin', partition: 0, folder, scratch, flushSize: 4, watermarks });
  };
  const files = () =>
    readdirSync(folder.path)
      .sort()
      .map((name) => path.join(folder.path, name));
  return { sink, files };
}

const records = (first: number, last: number) =>
  Array.from({ length: last - first }, (_, nth) => ({
    offset: String(first + nth),
    value: Buffer.from(String(first + nth)),
  }));

test('a batch that was fetched before the position moved back is fetched again; a gap in the offsets is accepted', async () => {
  const { sink, files } = bucket();
  const [one, other] = [sink(), sink()];
  await one.take(records(0, 6));
  // The other sink lands these records first, so this sink reads them from the topic again.
  await other.take(records(0, 6));
  await other.flush();
  expect(await one.flush()).toBe(4n);
  expect(await one.take(records(6, 8))).toBe(4n);
  expect(await one.take(records(4, 8))).toBeUndefined();
  expect(await one.take(records(9, 10))).toBe(8n);
  expect(await one.take(records(9, 10))).toBeUndefined();
  await one.flush();
  expect(files().map((file) => path.basename(file))).toEqual(
    [0, 4, 6].map((n) => `pin+0+000000000${n}.json`),
  );
  expect(files().map((file) => readFileSync(file, 'utf8'))).toEqual(['0\n1\n2\n3\n', '4\n5\n', '6\n7\n9\n']);
});

test('the times of the objects keep their order if the clock is set back, also after a restart', async () => {
  const { sink, files } = bucket();
  const noon = Date.UTC(2026, 0, 1, 12);
  const land = async (partition: Partition, first: number, hour: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon + hour * 3_600_000 });
    await partition.take(records(first, first + 4));
  };
  const one = sink();
  await land(one, 0, 0);
  await land(one, 4, -1);
  const restarted = sink();
  expect(await restarted.take(records(8, 12))).toBe(4n);
  await restarted.take(records(4, 8));
  await land(restarted, 8, -2);
  await land(restarted, 12, 1);
  expect(files().map((file) => statSync(file).mtimeMs - noon)).toEqual([0, 0, 0, 3_600_000]);
});

test('records that the topic deleted before they landed are an error', async () => {
  const { sink } = bucket(6n);
  const one = sink();
  await one.take(records(0, 4));
  await expect(one.take(records(6, 8))).rejects.toThrow(
    'Topic pin, partition 0 has deleted the records from offset 4 to 5 before they landed in the bucket; they are lost unless you fill the topic again.',
  );
});

/** The S3 sink's configuration: it takes the topics of all datasets of its pipeline, and no others. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkDataset } from '../../generator/check.ts';
import { lastObject } from '../../local/kafka/sink/objects.ts';
import { connectorProperties } from '../../src/connector.ts';
import { topicName } from '../../src/names.ts';
import { orders } from '../fixtures/two-datasets.ts';

const options = { id: 'demo', bucket: 'landing', region: 'eu-west-1', flushSize: 1000, rotateMs: 1000 };
const pattern = new RegExp(`^(?:${connectorProperties(options)['topics.regex']})$`);

const isAllowed = (name: string): boolean => {
  try {
    checkDataset({ ...orders, name });
    return true;
  } catch {
    return false;
  }
};

test('the sink takes a topic if and only if its dataset can have this name', () => {
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const names = characters.flatMap((one) => [one, `a${one}`, `web_${one}9`]);
  expect(names.filter(isAllowed)).toEqual(expect.arrayContaining(['a', 'a2', 'web_29']));
  expect(names.filter((name) => pattern.test(topicName('demo', name)))).toEqual(names.filter(isAllowed));
});

test('the sink takes no topic of another pipeline', () => {
  expect(pattern.test(topicName('demo2', 'pin'))).toBe(false);
  expect(pattern.test('demopin')).toBe(false);
});

test('the last object of a partition is found', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'objects-'));
  for (const name of [
    'demo.pin+0+0000000000.json',
    'demo.pin+0+0000000005.json',
    'demo.pin+1+0000000009.json',
  ])
    await writeFile(path.join(folder, name), 'x\n');
  const last = await lastObject({ path: folder, topic: 'demo.pin', partition: 0 });
  expect(last).toMatchObject({ file: path.join(folder, 'demo.pin+0+0000000005.json'), start: 5n });
  await rm(folder, { recursive: true });
  const none = { path: folder, topic: 'demo.pin', partition: 0 };
  expect(await lastObject(none)).toBeUndefined();
  // Taken for an empty folder, it would begin at the topic's first record again.
  await writeFile(folder, '');
  await expect(lastObject(none)).rejects.toThrow(`${folder} lies below a file`);
  await rm(folder);
});

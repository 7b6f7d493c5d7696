/** The AWS CLI commands of docs/aws.md: the CLI accepts each argument, and then fails only because there are no credentials. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { environmentWith } from '../../src/settings.ts';
import { commandsIn, readGuide } from '../fixtures/guides.ts';

const there = spawnSync('aws', ['--version']).error === undefined;
if (!there) console.warn('Skipped: the commands of the AWS CLI. There is no `aws` on PATH.');

/** Values for the placeholders that a reader fills in. */
const FILLED_IN: readonly (readonly [RegExp, string])[] = [
  [/<id>|\$PIPELINE_ID/g, 'demo'],
  [/<account>/g, '123456789012'],
  [/<region>|\$AWS_REGION/g, 'eu-west-1'],
  [/\$1|\$2/g, 'client'],
  [/<[^>]+>|\$\w+/g, 'a-value-of-twenty-letters'],
];
const filledIn = (word: string) =>
  FILLED_IN.reduce((text, [hole, value]) => text.replaceAll(hole, value), word);

/** An environment without configuration and instance role, so that the CLI sends no request. */
const NOBODY = environmentWith({
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
});

describe.skipIf(!there)('the AWS CLI', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aws-cli-'));
  writeFileSync(path.join(folder, 'connection.json'), '{}');
  afterAll(() => rmSync(folder, { recursive: true }));

  const found = commandsIn(readGuide('docs/aws.md'), 'aws').map((words) => words.slice(1).map(filledIn));
  const lines = new Map(found.map((words) => [words.join(' '), words]));

  test('is tested with all commands of the guide', () => {
    expect(lines.size).toBeGreaterThan(10);
  });

  test.each([...lines])('accepts the arguments of aws %s', async (_, words) => {
    const said = await new Promise<string>((resolve) =>
      execFile('aws', words, { cwd: folder, env: NOBODY }, (__, stdout, stderr) => resolve(stdout + stderr)),
    );
    expect(said).toMatch(/Unable to locate credentials|NoCredentials/);
  });
});

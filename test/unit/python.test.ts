/** Lints and tests the project's Python code, and lints the AWS stacks' templates. install() provides the tools. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readInfraSettings } from '../../infra/settings.ts';
import { synthAll } from '../../infra/synth.ts';
import { install } from '../../local/install/install.ts';
import { ROOT } from '../../src/root.ts';
import { DEFAULT_ID, readSettings } from '../../src/settings.ts';

/** In milliseconds: the time limit of the installation and of each program on a busy machine. */
const PATIENCE = 600_000;

const PYTHON = ['local/spark', 'test/local_spark', 'test/fixtures'];

/** Regions for which the templates are checked. cfn-lint reports resource types that a region doesn't offer. */
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];

/** Settings whose templates differ most from each other. */
const VARIANTS = [
  'profile: trial\n',
  'profile: production\nsource: { enabled: true }\norchestration: { enabled: true }\nalarms: { email: person@example.test }\n',
  'profile: trial\nkafka: { cluster: serverless }\ndatabricks: { enhancedFanOut: true }\n',
];

let python: string;
beforeAll(async () => {
  ({ python } = await install(readSettings(), { test: true }));
}, PATIENCE);

/** Runs Python. Resolves with the program's output if it fails, and with undefined otherwise. */
const failure = (...args: string[]) =>
  new Promise<string | undefined>((resolve) =>
    execFile(python, args, { cwd: ROOT }, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}${error.message}` : undefined),
    ),
  );

test(
  'ruff finds nothing in the Python code',
  async () => {
    expect(
      await failure('-m', 'ruff', 'check', '--config', 'local/spark/ruff.toml', ...PYTHON),
    ).toBeUndefined();
  },
  PATIENCE,
);

test(
  "the Python code's own tests pass",
  async () => {
    expect(await failure('-m', 'pytest', '-c', 'local/spark/pytest.ini')).toBeUndefined();
  },
  PATIENCE,
);

test(
  "cfn-lint finds neither an error nor a warning in the AWS stacks' templates",
  async () => {
    const templates = mkdtempSync(path.join(os.tmpdir(), 'templates-'));
    onTestFinished(() => rmSync(templates, { recursive: true }));
    VARIANTS.forEach((text, index) => {
      synthAll(readInfraSettings(DEFAULT_ID, { text }), path.join(templates, String(index)));
    });
    const cfnLint = path.join(path.dirname(python), 'cfn-lint');
    const all = path.join(templates, '*', '*.template.json');
    expect(await failure(cfnLint, '--regions', ...REGIONS, '--template', all)).toBeUndefined();
  },
  PATIENCE,
);

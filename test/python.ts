/** Lints and tests the project's Python code, and lints the AWS stacks' templates. install() provides the tools. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readInfraSettings } from '../infra/settings.ts';
import { synthAll } from '../infra/synth.ts';
import { install } from '../local/install/install.ts';
import { runAsProgram } from '../src/exit.ts';
import { ROOT } from '../src/root.ts';
import { DEFAULT_ID, readSettings } from '../src/settings.ts';

const PYTHON = ['local/spark', 'test/local_spark', 'test/fixtures'];
const templates = mkdtempSync(path.join(os.tmpdir(), 'templates-'));
/** Regions for which the templates are checked. cfn-lint reports resource types that a region doesn't offer. */
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];

/** Settings whose templates differ most from each other. */
const VARIANTS = [
  'profile: trial\n',
  'profile: production\nsource: { enabled: true }\norchestration: { enabled: true }\nalarms: { email: person@example.test }\n',
  'profile: trial\nkafka: { cluster: serverless }\ndatabricks: { enhancedFanOut: true }\n',
];

await runAsProgram(async () => {
  const { python } = await install(readSettings(), { test: true });
  const cfnLint = path.join(path.dirname(python), 'cfn-lint');
  const commands = [
    [python, '-m', 'ruff', 'check', '--config', 'local/spark/ruff.toml', ...PYTHON],
    [python, '-m', 'pytest', '-c', 'local/spark/pytest.ini'],
    // Warnings count as failures.
    [python, cfnLint, '--regions', ...REGIONS, '--template', path.join(templates, '*', '*.template.json')],
  ];
  VARIANTS.forEach((text, index) => {
    synthAll(readInfraSettings(DEFAULT_ID, { text }), path.join(templates, String(index)));
  });
  try {
    for (const [program = '', ...args] of commands) {
      const { status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
      if (status !== 0) return status ?? 1;
    }
  } finally {
    rmSync(templates, { recursive: true, force: true });
  }
  console.log(`cfn-lint: no findings in the AWS stacks' templates, for ${REGIONS.join(', ')}`);
  return 0;
});

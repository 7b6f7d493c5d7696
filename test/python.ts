/** What the tools that the install step brings say: of our Python, and of the AWS stacks' templates. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { install } from '../local/install/install.ts';
import { runAsProgram } from '../src/exit.ts';
import { readSettings } from '../src/settings.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const PYTHON = ['local/spark', 'test/local_spark', 'test/fixtures'];
const templates = mkdtempSync(path.join(os.tmpdir(), 'templates-'));
/** Where the templates are held to be good; a service that a region lacks is a finding. */
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];

await runAsProgram(async () => {
  const { python } = await install(readSettings(), { test: true });
  const cfnLint = path.join(path.dirname(python), 'cfn-lint');
  const commands = [
    [python, '-m', 'ruff', 'check', '--config', 'local/spark/ruff.toml', ...PYTHON],
    [python, '-m', 'pytest', '-c', 'local/spark/pytest.ini'],
    [process.execPath, '--import', 'tsx', 'infra/app.ts', templates],
    // A warning counts as a failure too.
    [python, cfnLint, '--regions', ...REGIONS, '--template', path.join(templates, '*.template.json')],
  ];
  try {
    for (const [program = '', ...args] of commands) {
      const { status } = spawnSync(program, args, { cwd: REPOSITORY, stdio: 'inherit' });
      if (status !== 0) return status ?? 1;
    }
  } finally {
    rmSync(templates, { recursive: true, force: true });
  }
  console.log(`cfn-lint: no finding in the AWS stacks' templates, in ${REGIONS.join(', ')}`);
  return 0;
});

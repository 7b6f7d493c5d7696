/** Lints and tests the Python of local/spark with the tools that the install step brings. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { install } from '../local/install.ts';
import { runAsProgram } from '../src/exit.ts';
import { readSettings } from '../src/settings.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const COMMANDS = [
  ['ruff', 'check', '--config', 'local/spark/ruff.toml', 'local/spark', 'test/local_spark'],
  ['pytest', '-c', 'local/spark/pytest.ini'],
];

await runAsProgram(async () => {
  const { python } = await install(readSettings(), { test: true });
  for (const [module = '', ...args] of COMMANDS) {
    const { status } = spawnSync(python, ['-m', module, ...args], { cwd: REPOSITORY, stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
  }
  return 0;
});

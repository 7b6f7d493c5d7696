/** The commands in the guides exist, have only known arguments and flags, and pass no flag that npm would consume. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleFlags } from '../../cli/bundle/flags.ts';
import type { Commands } from '../../cli/command.ts';
import { commands } from '../../cli/commands.ts';
import { parseInfraFlags } from '../../cli/infra/flags.ts';
import { produceFlags } from '../../cli/produce/flags.ts';
import { ROOT } from '../../src/root.ts';
import { commandsIn, readGuide } from '../fixtures/guides.ts';

/** All guides except docs/commands.md, which is rendered from the commands' help. */
const GUIDES = [
  ...['README.md', 'CONTRIBUTING.md', 'airflow/README.md', 'bench/README.md'],
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md') && file !== 'commands.md')
    .map((file) => `docs/${file}`),
];
const { scripts } = JSON.parse(readGuide('package.json')) as { scripts: Record<string, string> };

/** Checks for commands that have rules for their arguments beyond those that yargs checks. */
const CHECKED: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  infra: parseInfraFlags,
  produce: (args) => produceFlags(args),
  bundle: bundleFlags,
};

async function parse(among: Commands, name: string, args: readonly string[]): Promise<void> {
  const command = await among[name]?.();
  const [first = ''] = args;
  if (command?.words?.[first]) await parse(command.words, first, args.slice(1));
  else (CHECKED[name] ?? ((words) => command?.parser(words).parseSync()))(args);
}

describe.each(GUIDES)('%s', (file) => {
  const found = commandsIn(readGuide(file), 'npm')
    .map((words) => words.filter((word) => word !== '--silent'))
    .filter(([, verb]) => verb === 'run');
  test.skipIf(found.length === 0)('names only existing commands', async () => {
    for (const [, , name = '', ...rest] of found) {
      const script = scripts[name];
      expect(script, `npm run ${name}`).toBeDefined();
      const command = /cli\/main\.ts (\w+)/.exec(script ?? '')?.[1];
      // A command without arguments may be a mention of the command, not a complete call.
      if (command === undefined || rest.length === 0) continue;
      const dashes = rest.indexOf('--');
      const before = dashes === -1 ? rest : rest.slice(0, dashes);
      const line = `npm run ${name} ${rest.join(' ')}`;
      expect(
        before.filter((word) => word.startsWith('-')),
        line,
      ).toEqual([]);
      const args = dashes === -1 ? rest : [...before, ...rest.slice(dashes + 1)];
      await expect(parse(commands, command, args), line).resolves.toBeUndefined();
    }
  });
});

/** The guides' commands as they are printed: each is one, its words and flags are known, and no flag is one that npm would take. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleFlags } from '../../cli/bundle/flags.ts';
import { commands } from '../../cli/commands.ts';
import { parseInfraFlags } from '../../cli/infra/flags.ts';
import { produceFlags } from '../../cli/produce/flags.ts';
import { parser as reportParser } from '../../cli/query/report-flags.ts';
import { commandsIn, readGuide } from '../fixtures/guides.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** The others are rendered from the commands' own help. */
const GUIDES = [
  ...['README.md', 'CONTRIBUTING.md'],
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md') && file !== 'commands.md')
    .map((file) => `docs/${file}`),
];
const { scripts } = JSON.parse(readGuide('package.json')) as { scripts: Record<string, string> };

async function parse(command: string, args: readonly string[]): Promise<void> {
  if (command === 'infra') parseInfraFlags(args);
  else if (command === 'produce') produceFlags(args);
  else if (command === 'bundle') bundleFlags(args);
  else if (command === 'query' && args[0] === 'report') reportParser(args.slice(1)).parseSync();
  else (await commands[command]?.())?.parser(args).parseSync();
}

describe.each(GUIDES)('%s', (file) => {
  const found = commandsIn(readGuide(file), 'npm').filter(([, verb]) => verb === 'run');
  test.skipIf(found.length === 0)('names commands that there are', async () => {
    for (const [, , name = '', ...rest] of found) {
      const script = scripts[name];
      expect(script, `npm run ${name}`).toBeDefined();
      const command = /cli\/main\.ts (\w+)/.exec(script ?? '')?.[1];
      // A command without words may be meant as such.
      if (command === undefined || rest.length === 0) continue;
      const dashes = rest.indexOf('--');
      const before = dashes === -1 ? rest : rest.slice(0, dashes);
      const line = `npm run ${name} ${rest.join(' ')}`;
      expect(
        before.filter((word) => word.startsWith('-')),
        line,
      ).toEqual([]);
      const args = dashes === -1 ? rest : [...before, ...rest.slice(dashes + 1)];
      await expect(parse(command, args), line).resolves.toBeUndefined();
    }
  });
});

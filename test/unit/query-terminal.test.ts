/** `npm run query` on a terminal, with a result from a substitute for the warehouse. */
import { expect, test, vi } from 'vitest';
import { answer } from '../../cli/query/ask.ts';
import { queryFlags } from '../../cli/query/flags.ts';
import type { Sql } from '../../src/databricks/sql.ts';

const NAME = 'a\u001b[2J';

vi.mock('../../src/databricks/sql.ts', async (original) => ({
  ...(await original<typeof import('../../src/databricks/sql.ts')>()),
  openSql: async (): Promise<Partial<Sql>> => ({
    stream: async () => ({ columns: [{ name: NAME, type: 'STRING' }], pages: noRows() }),
    close: async () => {},
  }),
}));

async function* noRows() {}

test.each([
  [true, 'a␛[2J\n'],
  [false, `${NAME}\n`],
])('csv is exact unless it is shown on a terminal: %s', async (isTTY, shown) => {
  for (const [name, value] of [
    ['DATABRICKS_HOST', 'https://workspace.test'],
    ['DATABRICKS_TOKEN', 'token'],
  ] as const)
    vi.stubEnv(name, value);
  let written = '';
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
    written += text;
    (rest.at(-1) as (() => void) | undefined)?.();
    return true;
  });
  const { isTTY: before, columns } = process.stdout;
  Object.assign(process.stdout, { isTTY, columns: 80 });
  try {
    expect(await answer('SELECT 1', queryFlags(['--format', 'csv', '--catalog', 'main']))).toBe(0);
  } finally {
    Object.assign(process.stdout, { isTTY: before, columns });
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
  expect(written).toBe(shown);
});

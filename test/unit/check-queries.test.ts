/** Questions that would harm other tables, or can't be answered, are refused before anything is rendered. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkQueries } from '../../generator/check-queries.ts';
import { queries } from '../../src/project/queries/index.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';

const SELECT = 'SELECT country, count(*) AS orders FROM clean_orders GROUP BY country';
const query = (name: string, select = SELECT) => parseQuery(name, `-- How many?\n${select}`);

test.each(['raw_orders', 'clean_orders', 'rejected_orders', 'OrdersByDay', 'orders-by-day', 'tables', ''])(
  'an answer in a file called %j is refused',
  (name) => {
    expect(() => checkQueries([query(name)])).toThrow(
      `src/project/queries/${name}.sql can't have this name.`,
    );
  },
);

test('an error about a name says what to write', () => {
  expect(() => checkQueries([query('OrdersByDay')])).toThrow(
    'rename the file, its line in src/project/queries/index.ts and its test rows, for example to answer_ordersbyday.',
  );
});

test('a name that the index has twice is refused', () => {
  expect(() => checkQueries([query('orders_by_day'), query('orders_by_day')])).toThrow(
    'src/project/queries/index.ts names orders_by_day more than once: remove a line.',
  );
});

test("this project's questions are accepted", () => {
  checkQueries(queries);
});

test('npm run generate refuses a question that would replace the table of raw records', () => {
  const copy = new ProjectCopy();
  try {
    copy.addQuery('raw_pin', '-- How many?\nSELECT count(*) AS pins FROM clean_pin');
    for (const words of [[], ['check']]) {
      const args = ['src/start.mjs', 'cli/main.ts', 'generate', ...words];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: copy.root, encoding: 'utf8' });
      expect(stderr).toContain("error: src/project/queries/raw_pin.sql can't have this name.");
      expect(status).not.toBe(0);
    }
    expect(existsSync(path.join(copy.root, 'notebooks/4_answers/raw_pin.sql'))).toBe(false);
  } finally {
    copy.remove();
  }
});

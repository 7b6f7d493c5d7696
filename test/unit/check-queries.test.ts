/** Questions that would harm other tables, or can't be answered, are refused before anything is rendered. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkQueries } from '../../generator/check-queries.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { POST_DATASETS } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { runCommand } from '../fixtures/command.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { orders } from '../fixtures/two-datasets.ts';

const SELECT = 'SELECT country, count(*) AS orders FROM clean_orders GROUP BY country';
const query = (name: string, select = SELECT) => parseQuery(name, `-- How many?\n${select}`);

test.each(['raw_orders', 'clean_orders', 'rejected_orders', 'OrdersByDay', 'orders-by-day', 'title', ''])(
  'an answer in a file called %j is refused',
  (name) => {
    expect(() => checkQueries([orders], [query(name)])).toThrow(
      `src/project/queries/${name}.sql can't have this name.`,
    );
  },
);

test('an error about a name says what to write', () => {
  expect(() => checkQueries([orders], [query('OrdersByDay')])).toThrow(
    'rename the file, its line in src/project/queries/index.ts and its test rows, for example to answer_ordersbyday.',
  );
});

test('a name that the index has twice is refused', () => {
  expect(() => checkQueries([orders], [query('orders_by_day'), query('orders_by_day')])).toThrow(
    'src/project/queries/index.ts names orders_by_day more than once: remove a line.',
  );
});

test('an answer with the name of the chart of another in the dashboard is refused', () => {
  const charted = query('orders_by', `-- chart: bars value=orders by=country\n${SELECT}`);
  expect(() => checkQueries([orders], [charted, query('orders_by_chart')])).toThrow(
    'src/project/queries/orders_by_chart.sql has the name of the chart of orders_by in the dashboard: rename the file',
  );
  checkQueries([orders], [query('orders_by'), query('orders_by_chart')]);
});

test('all questions that read a missing dataset are named at once, and posts of a missing dataset', () => {
  const of = (dataset: string) => query(`answer_${dataset}`, `SELECT count(*) AS n FROM clean_${dataset}`);
  const found = () => checkQueries([orders], ['orders', 'customers', 'visits'].map(of), ['orders', 'visits']);
  expect(found).toThrow(
    'src/project/queries/answer_customers.sql reads clean_customers, but there is no dataset customers: name one of orders, or remove the question; src/project/queries/answer_visits.sql reads clean_visits',
  );
  expect(found).toThrow(
    '; src/project/project.ts lists visits in POST_DATASETS, but there is no dataset visits: name one of orders.',
  );
});

test('a question that reads the table of another answer is refused, because it may be computed later', () => {
  const reading = query('most', 'SELECT max(orders) AS most FROM clean_orders, by_country');
  expect(() => checkQueries([orders], [query('by_country'), reading])).toThrow(
    'src/project/queries/most.sql reads the answer by_country, which may be computed later: compute it here, in WITH by_country AS (…).',
  );
  const own = `WITH by_country AS (${SELECT}) SELECT max(orders) AS most FROM by_country`;
  checkQueries([orders], [query('by_country'), query('most', own)]);
});

test.each([
  ['count(*) AS `orders (all)`', 'the column "orders (all)"', 'write AS orders_all'],
  ['count(*) AS `order``s`', 'the column "order`s"', 'write AS order_s'],
  ['`order id`', 'the column "order id"', 'write AS order_id'],
  ['total, max(total) AS Total', 'the columns total and Total', 'give one of them another name'],
])('the columns of SELECT %s are refused, because no Delta table can have them', (columns, what, remedy) => {
  const found = () => checkQueries([orders], [query('answer', `SELECT ${columns} FROM clean_orders`)]);
  expect(found).toThrow(what);
  expect(found).toThrow(remedy);
});

test.each(['country, count(*)', 'total + discount', '*', "total + discount sum, 'text' t"])(
  'the columns of SELECT %s are refused, because the report needs names that the generator can read',
  (columns) => {
    expect(() => checkQueries([orders], [query('answer', `SELECT ${columns} FROM clean_orders`)])).toThrow(
      "src/project/queries/answer.sql has a column whose name the generator can't read: write AS before each name",
    );
  },
);

test("this project's questions are accepted", () => {
  checkQueries(datasets, queries, POST_DATASETS);
});

test('npm run generate refuses a question that would replace the table of raw records', () => {
  const copy = new ProjectCopy();
  try {
    copy.addQuery('raw_pin', '-- How many?\nSELECT count(*) AS pins FROM clean_pin');
    for (const words of [[], ['check']]) {
      const { status, stderr } = runCommand(['generate', ...words], { cwd: copy.root });
      expect(stderr).toContain("error: src/project/queries/raw_pin.sql can't have this name.");
      expect(status).not.toBe(0);
    }
    expect(existsSync(path.join(copy.root, 'notebooks/4_answers/raw_pin.sql'))).toBe(false);
  } finally {
    copy.remove();
  }
});

test('npm run generate refuses a dataset that was renamed only in its file', () => {
  const copy = new ProjectCopy();
  try {
    const file = path.join(copy.root, 'src/project/datasets/pin.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace("name: 'pin'", "name: 'pins'"));
    const { stderr } = runCommand(['generate'], { cwd: copy.root });
    expect(stderr).toContain(
      "src/project/datasets/pins.ts isn't there, but src/project/datasets/index.ts has a dataset called pins: rename the dataset's file, its line in the index and its test rows.",
    );
    expect(existsSync(path.join(copy.root, 'notebooks/3_clean/pins.py'))).toBe(false);
  } finally {
    copy.remove();
  }
});

/** Questions in words: their SELECT, chart and rows, and the errors for words that match nothing. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeQuestion, withQuery } from '../../generator/question/make.ts';
import { planOf } from '../../generator/question/plan.ts';
import { leftOut, remarksOf } from '../../generator/question/remarks.ts';
import { groupName } from '../../generator/question/sql.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { day, instant, text, wholeNumber } from '../../src/datasets/rules.ts';
import { datasets as pinterest } from '../../src/project/datasets/index.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { ROOT } from '../../src/root.ts';
import { customers, orders } from '../fixtures/two-datasets.ts';

function asked(question: string, datasets: readonly Dataset[] = [orders, customers], more = {}) {
  const [[file = '', sql = ''] = [], , [rowsFile = '', rows = ''] = []] = [
    ...makeQuestion({ root: ROOT, question, datasets, ...more }),
  ];
  const name = path.basename(file, '.sql');
  expect(rowsFile).toBe(`test/spark/queries/${name}.yml`);
  return { ...parseQuery(name, sql), text: sql, rows: parse(rows) };
}

test.each([
  [
    'How many orders per country?',
    'orders_by_country',
    'SELECT country, count(*) AS orders FROM clean_orders WHERE country IS NOT NULL GROUP BY country',
    'map',
  ],
  ['How many orders are there?', 'orders', 'SELECT count(*) AS orders FROM clean_orders', undefined],
  [
    'How many orders are there, all in total?',
    'orders',
    'SELECT count(*) AS orders FROM clean_orders',
    undefined,
  ],
  [
    'In total, how many orders are there?',
    'orders',
    'SELECT count(*) AS orders FROM clean_orders',
    undefined,
  ],
  [
    'How many orders were made on each day?',
    'orders_by_day',
    'SELECT CAST(created_at AS DATE) AS created_day, count(*) AS orders FROM clean_orders WHERE created_at IS NOT NULL GROUP BY CAST(created_at AS DATE)',
    'bars',
  ],
  [
    'What is the average total of orders by status and month?',
    'average_total_by_status_and_month',
    "SELECT status, date_format(created_at, 'yyyy-MM') AS created_month, avg(total) AS average_total FROM clean_orders WHERE status IS NOT NULL AND created_at IS NOT NULL GROUP BY status, date_format(created_at, 'yyyy-MM')",
    'heatmap',
  ],
  [
    'What is the median total of orders per express?',
    'median_total_by_express',
    'SELECT express, median(total) AS median_total FROM clean_orders WHERE express IS NOT NULL GROUP BY express',
    'dots',
  ],
  [
    'What is the highest total of orders per status?',
    'highest_total_by_status',
    'SELECT status, max(total) AS highest_total FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'dots',
  ],
  [
    'What is the highest average total of orders per status?',
    'average_total_by_status',
    'SELECT status, avg(total) AS average_total FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'dots',
  ],
  [
    'In the last year, what is the total of orders per status?',
    'sum_of_total_by_status',
    'SELECT status, sum(total) AS sum_of_total FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'bars',
  ],
  [
    'How much is the average total of orders per status?',
    'average_total_by_status',
    'SELECT status, avg(total) AS average_total FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'dots',
  ],
  [
    'How much total do orders have per status?',
    'sum_of_total_by_status',
    'SELECT status, sum(total) AS sum_of_total FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'bars',
  ],
  [
    'How many different customer ids ordered per status in orders?',
    'different_customer_id_by_status',
    'SELECT status, count(DISTINCT customer_id) AS different_customer_id FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'bars',
  ],
  [
    'How many different customers have orders in each quarter?',
    'different_customer_id_by_quarter',
    "SELECT concat(year(created_at), '-Q', quarter(created_at)) AS created_quarter, count(DISTINCT customer_id) AS different_customer_id FROM clean_orders WHERE created_at IS NOT NULL GROUP BY concat(year(created_at), '-Q', quarter(created_at))",
    'bars',
  ],
  [
    'How many different orders per status?',
    'different_order_id_by_status',
    'SELECT status, count(DISTINCT order_id) AS different_order_id FROM clean_orders WHERE status IS NOT NULL GROUP BY status',
    'bars',
  ],
  [
    'How many different order countries are in orders in each month?',
    'different_country_by_month',
    "SELECT date_format(created_at, 'yyyy-MM') AS created_month, count(DISTINCT country) AS different_country FROM clean_orders WHERE created_at IS NOT NULL GROUP BY date_format(created_at, 'yyyy-MM')",
    'bars',
  ],
  [
    'How many orders per segment?',
    'orders_by_segment',
    'SELECT segment, count(*) AS orders FROM clean_orders JOIN clean_customers USING (customer_id) WHERE segment IS NOT NULL GROUP BY segment',
    'bars',
  ],
  [
    'Which status is the most common in each country of the orders?',
    'top_status_by_country',
    'WITH counted AS ( SELECT country, status, count(*) AS orders FROM clean_orders WHERE country IS NOT NULL AND status IS NOT NULL GROUP BY country, status ), ranked AS ( SELECT *, rank() OVER (PARTITION BY country ORDER BY orders DESC) AS place FROM counted ) SELECT country, status, orders FROM ranked WHERE place = 1',
    'bars',
  ],
  [
    'How many customers joined on each day of joined on?',
    'customers_by_day',
    'SELECT joined_on AS joined_day, count(*) AS customers FROM clean_customers WHERE joined_on IS NOT NULL GROUP BY joined_on',
    'bars',
  ],
  [
    'How many customers joined per year of joined on?',
    'customers_by_year',
    'SELECT year(joined_on) AS joined_year, count(*) AS customers FROM clean_customers WHERE joined_on IS NOT NULL GROUP BY year(joined_on)',
    'bars',
  ],
])('%s', (question, name, sql, chart) => {
  const found = asked(question);
  expect(found.sql.replaceAll(/\s+/g, ' ')).toBe(sql);
  expect(found).toMatchObject({ name, question });
  expect(found.chart?.kind).toBe(chart);
  expect(found.rows[0].expect.every((row: object) => Object.keys(row).join() === found.columns.join())).toBe(
    true,
  );
});

test("questions about Pinterest's datasets can be generated", () => {
  const found = asked('What is the most popular category in each country?', pinterest, {
    name: 'favourites',
  });
  expect(found.sql.replaceAll(/\s+/g, ' ')).toContain(
    'SELECT country, category, count(*) AS pins FROM clean_pin JOIN clean_geo USING (ind)',
  );
});

test('reserved names are quoted, and columns of both tables are qualified', () => {
  expect(asked('How many orders per order?').sql).toContain('SELECT `order`, count(*) AS orders');
  expect(asked('How many orders per segment and country?').sql).toContain(
    'SELECT segment, clean_orders.country AS country, count(*)',
  );
});

test.each([
  ['How many orders per colour?', 'No column is called "colour": orders has order_id, customer_id, '],
  [
    'How much snow fell?',
    'The question names no dataset and no column: name one of the datasets orders, customers.',
  ],
  ['What is the average of customers per segment?', 'customers has no column of numbers to calculate with.'],
  [
    'What is the average of orders per country?',
    'The question names no column of numbers to calculate with: name one of customer_id, total, item_count.',
  ],
  [
    'How many different orders do customers have per segment?',
    "No single column of customers identifies orders, so different orders can't be counted: name the column",
  ],
  ['How many different shops?', 'The question names no dataset'],
  [
    'How many different colours have orders?',
    'The question names no column after "different": name the column',
  ],
  [
    'What is the highest total and the lowest item count of orders per country?',
    'A question calculates one value, but this one asks for max and min: ask two questions.',
  ],
  ['How many orders are there, and what is their average total?', 'A question calculates one value'],
  ['How many orders are there, and how many different customers?', 'A question calculates one value'],
  [
    'What is the average number of orders per country?',
    'The question names no column of numbers to calculate with',
  ],
  ['Orders per country', 'A question is a sentence of at most 200 characters that ends in ?'],
  ['?', 'A question is a sentence'],
])('%s is an error of one sentence', (question, sentence) => {
  expect(() => asked(question)).toThrow(sentence);
});

test.each([
  ['Which status has the most orders?', ['status', 'most']],
  ['What is the average total and item count of orders per country?', ['total']],
  ['How many orders per country in 2025?', ['2025']],
  ['How many orders per country last month?', ['last', 'month']],
  ['How many cancelled orders per day?', ['cancelled']],
  ['What is the average total of paid orders by country?', ['paid']],
  ['How many orders in Germany per month?', ['Germany']],
  ['What is the share of cancelled orders per day?', ['share', 'cancelled']],
  ['How many orders were updated in each week?', ['updated']],
  ['How many customers have orders?', ['orders']],
  ['What is the highest average total of orders per status?', ['highest']],
  ['What is the most common status of express orders by month?', ['express']],
  ['What is the 95th percentile of the total of orders per country?', ['95th', 'percentile']],
  ['How many orders were made on each day?', []],
  ['What is the average total of orders by status and month?', []],
  ['How many different customers ordered in each quarter of the orders?', []],
  ['What is the total number of orders per country?', []],
  ['What is the number of orders per hour of the day?', []],
  ['When was the latest order updated at per status?', []],
  ['Which status is the most common in each country of the orders?', []],
  ['How many orders are there?', []],
])('what the SELECT for %j does not contain is reported: %j', (question, words) => {
  expect(leftOut(question, planOf(question, [orders, customers]))).toEqual(words);
});

test('a unit of time is not the column of another dataset', () => {
  const vehicles: Dataset = {
    ...customers,
    name: 'vehicles',
    singular: 'a vehicle',
    plural: 'vehicles',
    key: 'order_id',
    fields: {
      order_id: { description: 'Order id', rule: wholeNumber(0, 1000) },
      make: { description: 'Make', rule: text },
      year: { description: 'Year', rule: wholeNumber(1900, 2100) },
      built_on: { description: 'Built on', rule: day },
    },
    columns: ['order_id', 'make', 'year', 'built_on'].map((name) => ({ name })),
  };
  const sql = (question: string) => asked(question, [orders, vehicles]).sql;
  expect(sql('How many orders per year?')).toContain('year(created_at) AS created_year, count(*) AS orders');
  expect(sql('How many orders per year?')).not.toContain('JOIN');
  expect(sql('How many vehicles per year?')).toContain('SELECT year, count(*) AS vehicles');
  expect(sql('How many orders per year of built on?')).toContain('JOIN clean_vehicles USING (order_id)');
});

test('a join is reported', () => {
  const remarks = (question: string) => remarksOf(question, planOf(question, [orders, customers]));
  expect(remarks('How many paid orders per segment?')).toEqual([
    'The SELECT joins clean_customers by customer_id.',
    'The SELECT does not use these words of the question: paid.',
  ]);
  expect(remarks('How many orders per country?')).toEqual([]);
});

const views: Dataset = {
  ...orders,
  name: 'views',
  singular: 'a view',
  plural: 'views',
  key: 'view_id',
  fields: {
    view_id: { description: 'View id', rule: text },
    deviceId: { description: 'Device id', rule: text },
    Währung: { description: 'Currency', rule: text },
    scroll: { description: 'Scroll', rule: wholeNumber(0, 100) },
    ts: { description: 'Time', rule: instant },
  },
  columns: [
    ...['view_id', 'deviceId', 'scroll', 'ts'].map((name) => ({ name })),
    { name: 'wahrung', from: 'Währung' },
  ],
};

/** `views` with another column, which is a number. */
const viewsWith = (name: string): Dataset => ({
  ...views,
  fields: { ...views.fields, [name]: { description: 'Number', rule: wholeNumber(0, 100) } },
  columns: [...views.columns, { name }],
});

test('the only number is meant unless the question names something else', () => {
  expect(asked('What is the average of views?', [views]).sql).toContain('avg(scroll)');
  expect(asked('How much do views have per ts?', [views]).sql).toContain('sum(scroll)');
  for (const question of ['What is the average duration of views?', 'What is the average of long views?'])
    expect(() => asked(question, [views])).toThrow(
      'The question names no column of numbers to calculate with: name one of scroll.',
    );
});

test('a column is named without its unit, or without the word for an id', () => {
  const devices = { ...customers, columns: [...customers.columns, { name: 'device', from: 'segment' }] };
  const of = (question: string, name: string) => asked(question, [viewsWith(name), devices]).sql;
  expect(of('What is the average duration of views per device?', 'duration_ms')).toContain(
    'SELECT deviceId, avg(duration_ms) AS average_duration_ms',
  );
  expect(of('How many different devices in views?', 'duration_ms')).toContain('count(DISTINCT deviceId)');
  expect(of('Which device is the most common in views?', 'duration_ms')).toContain('SELECT deviceId, views');
  // A number of devices is not a device, two columns may be meant, and an id is not to be averaged.
  expect(of('How many views per device?', 'device_count')).toContain('SELECT deviceId, count(*)');
  expect(() => of('How many views per device?', 'device_no')).toThrow('views and customers share no key');
  expect(() => asked('What is the average customer of views?', [viewsWith('customer_id')])).toThrow(
    'name one of scroll, customer_id',
  );
  expect(() => of('What is the average of views?', 'view_no')).toThrow('name one of scroll, view_no');
});

test("a column is found by its field's name", () => {
  const found = asked('How many views per Währung?', [views]);
  expect(found.columns).toEqual(['wahrung', 'views']);
  expect(leftOut(found.question, planOf(found.question, [views]))).toEqual([]);
  expect(asked('How many views per wahrung?', [views]).columns).toEqual(['wahrung', 'views']);
});

test('the notes name the columns that rows must have', () => {
  expect(asked('How many views per day?', [views]).notes).toBe('By ts, UTC. Rows without ts are omitted.');
  expect(asked('What is the most common deviceId of views per day?', [views]).notes).toContain(
    'Rows without ts or deviceId are omitted.',
  );
});

test('a column in camel case is found, and a column that is called from', () => {
  const field = { description: 'A text', rule: text };
  const late = { description: 'Minutes late', rule: wholeNumber(0, 10) };
  const trips: Dataset = {
    ...orders,
    name: 'trips',
    singular: 'a trip',
    plural: 'trips',
    key: 'id',
    fields: {
      id: field,
      from: field,
      movedAt: { description: 'Moved at', rule: instant },
      minutesLate: late,
    },
    columns: [{ name: 'id' }, { name: 'from' }, { name: 'movedAt' }, { name: 'minutesLate' }],
  };
  const found = asked('What is the average minutesLate of trips per from and movedAt?', [trips]);
  expect(found.columns).toEqual(['from', 'moved_day', 'average_minutesLate']);
});

test.each([
  ['created_at', 'created_month'],
  ['movedAt', 'moved_month'],
  ['ship_date', 'ship_month'],
  ['birthdate', 'birth_month'],
  ['_arrived', 'arrived_month'],
  ['expiration', 'expiration_month'],
  ['date', 'date_month'],
])('the months of %s are called %s', (name, expected) => {
  const column = { dataset: orders, name, type: 'TIMESTAMP' };
  expect(groupName({ column, unit: 'month' })).toBe(expected);
});

const shipped: Dataset = {
  ...orders,
  fields: {
    order_id: { description: 'Order id', rule: wholeNumber(0, 1000) },
    ship_date: { description: 'Ship date', rule: day },
    updated_at: { description: 'Updated at', rule: instant, required: true },
  },
  columns: [{ name: 'order_id' }, { name: 'ship_date' }, { name: 'updated_at' }],
};

test('a time that every row has is preferred to one that may be missing, and an hour needs a time', () => {
  expect(asked('How many orders per month?', [shipped]).columns).toEqual(['updated_month', 'orders']);
  const [id, ship] = [{ name: 'order_id' }, { name: 'ship_date' }];
  const login = { ...shipped, columns: [id, ship, { name: 'last_login', from: 'updated_at' }] };
  expect(asked('How many orders per month?', [login]).columns).toEqual(['ship_month', 'orders']);
  expect(asked('How many orders by hour?', [shipped]).sql).toContain('hour(updated_at)');
  expect(() => asked('How many orders by hour of ship date?', [shipped])).toThrow(
    'ship_date has days without hours: name a column with a time',
  );
  expect(() => asked('How many customers per hour?')).toThrow(
    'customers has no column with a time to group by.',
  );
});

test('only a column with a time has a time zone', () => {
  expect(asked('How many orders per month of ship date?', [shipped]).notes).toContain('By ship_date. ');
  expect(asked('How many orders per month?', [shipped]).notes).toContain('By updated_at, UTC. ');
});

test('the noun of a dataset is not its column of this name', () => {
  const first = { ...orders, columns: [...orders.columns].reverse() };
  expect(asked('What is the most popular status of orders?', [first]).columns).toEqual(['status', 'orders']);
  expect(asked('How many orders per status of the orders?', [first]).columns).toEqual(['status', 'orders']);
  expect(asked('How many orders in each quarter of the orders?').columns).toEqual([
    'created_quarter',
    'orders',
  ]);
});

test('the total number of orders is not their total', () => {
  const { columns } = asked('What is the total number of orders per country?');
  expect(columns).toEqual(['country', 'orders']);
  expect(asked('What is the total number of item counts of orders?').sql).toContain('sum(item_count)');
});

test('the different keys of a join are those of its rows', () => {
  const { sql, rows } = asked('How many different customers of orders per segment?');
  expect(sql).toContain('count(DISTINCT customer_id) AS different_customer_id\nFROM clean_orders JOIN');
  expect(rows[0].expect).toEqual([
    { segment: 'A', different_customer_id: 3 },
    { segment: 'B', different_customer_id: 1 },
  ]);
});

test('the rows of a question by a part of the key all have it, because the tables require it', () => {
  const series = { ...orders, key: ['country', 'created_at'] };
  const [{ says, clean_orders: rows }] = asked('How many orders per day?', [series]).rows;
  expect(says).toBe('by group');
  expect(rows.map((row: Record<string, unknown>) => row.created_at)).not.toContain(null);
});

test('SQL in a question stays inside the comment', () => {
  const found = asked('How many orders per country?\n*/ DROP TABLE x; -- `${y}` \' "?');
  expect(found.text.split('\n')[0]).toBe(
    `-- How many orders per country? */ DROP TABLE x; -- \`\${y}\` ' "?`,
  );
  expect(found.sql).not.toContain('DROP');
});

test('an existing question is replaced only with force', () => {
  const make = (force: boolean) =>
    makeQuestion({
      root: ROOT,
      question: 'How many users joined?',
      name: 'users_joined_by_year',
      datasets: pinterest,
      force,
    });
  expect(() => make(false)).toThrow('src/project/queries/users_joined_by_year.sql already exists');
  expect([...make(true).keys()]).toContain('src/project/queries/users_joined_by_year.sql');
});

test.each(['clean_x', 'rebuild_pin', 'quality', 'report', 'health', 'reasons', 'title'])(
  'an answer can not be called %s: a table, a task, a part of the dashboard or an argument of npm run query has this name',
  (name) => {
    expect(() =>
      makeQuestion({ root: ROOT, question: 'How many users?', name, datasets: pinterest }),
    ).toThrow('not with raw_, clean_, rejected_ or rebuild_');
  },
);

test('the index gets a line for a new query, and none for a query that it has', () => {
  const index = "/** Names. */\nconst NAMES = [\n  // The first.\n  'a',\n];\n";
  expect(withQuery(index, 'b')).toBe("/** Names. */\nconst NAMES = [\n  // The first.\n  'a',\n  'b',\n];\n");
  expect(withQuery(index, 'a')).toBe(index);
});

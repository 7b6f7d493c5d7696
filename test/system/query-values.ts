/**
 * Every SQL value through `openSql` and `npm run query`, in several time zones, compared with Spark's own text. query.test.ts
 * runs these tests in its workspace, because the start of a workspace takes seconds.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv, json, markdown } from '../../src/databricks/show/format.ts';
import { table } from '../../src/databricks/show/table.ts';
import { jsonText, plain } from '../../src/databricks/show/values.ts';
import { openSql, type Sql } from '../../src/databricks/sql.ts';
import { quoted } from '../../src/names.ts';
import { resultOf, startCommand } from '../fixtures/command.ts';
import { NAMES, nested, samples } from '../fixtures/sql-values.ts';
import type { SqlWorkspace } from '../fixtures/sql-workspace.ts';

const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Apia'];

const selected = (expressions: readonly string[]) =>
  `SELECT ${expressions.map((sql, index) => `${sql} AS c${index}`).join(', ')}`;

/** Converts FLOAT and DOUBLE texts to numbers, because Spark does not always write a number with the fewest digits. */
const comparable = (type: string, text: string) => {
  if (text === '') return text;
  if (type === 'FLOAT') return Math.fround(Number(text));
  return type === 'DOUBLE' ? Number(text) : text;
};

/** Converts Spark's text of TIMESTAMP and TIMESTAMP_NTZ to ISO 8601, and NULL to an empty text; keeps other texts. */
function expectedText(type: string, text: string | null): string {
  if (text === null) return '';
  if (type === 'TIMESTAMP') return `${text.replace(' ', 'T')}Z`;
  return type === 'TIMESTAMP_NTZ' ? text.replace(' ', 'T') : text;
}

/** Declares the tests; `opened` returns the workspace when they run. */
export function testValues(opened: () => SqlWorkspace): void {
  describe.each(ZONES)('in time zone %s', (zone) => {
    let sql: Sql;

    beforeAll(async () => {
      sql = await openSql(opened().workspace);
      await sql.query(`SET TIME ZONE '${zone}'`);
    });

    afterAll(() => sql?.close());

    const row = async (expressions: readonly string[]) =>
      Object.values((await sql.query(selected(expressions))).rows[0] ?? {});

    test('values of every type equal the text that Spark casts them to', async () => {
      const values = await row(samples.map(({ sql }) => sql));
      const texts = await row(samples.map(({ sql, as }) => `CAST(${as ?? sql} AS STRING)`));
      const got = samples.map(({ type, sql }, index) => ({
        sql,
        value: comparable(type, plain(values[index])),
        null: values[index] === null,
      }));
      expect(got).toEqual(
        samples.map(({ type, sql }, index) => ({
          sql,
          value: comparable(type, expectedText(type, texts[index] as string | null)),
          null: texts[index] === null,
        })),
      );
    });

    test('nested values keep their order, their types and every digit', async () => {
      const values = await row(nested.map(([sql]) => sql));
      expect(values.map(jsonText)).toEqual(nested.map(([, json]) => json));
    });
  });

  test('columns can have any names in each format; equal names are possible in CSV, but not in JSON', async () => {
    const sql = await openSql(opened().workspace);
    const statement = `SELECT ${NAMES.map((name, index) => `${index} AS ${quoted(name)}`).join(', ')}`;
    const { columns, rows } = await sql.query(statement);
    expect(columns.map(({ name }) => name)).toEqual(NAMES);
    expect(Object.entries(rows[0] ?? {}).sort()).toEqual(NAMES.map((name, index) => [name, index]).sort());
    const page = { rows: [NAMES.map((_, index) => index)], first: true, last: true };
    expect(json(columns)(page)).toBe(
      `[{${NAMES.map((name, index) => `${JSON.stringify(name)}:${index}`).join(',')}}]\n`,
    );
    expect(csv(columns)(page)).toContain(
      '__proto__,constructor,toString,length,1,0," ",a.b,"a\'b""c",a|b,ü🦊,x`y,"a,b","a\nb",*\n0,1,2',
    );
    expect(markdown(columns)(page)).toContain('| \\_\\_proto\\_\\_ | constructor | toString | length |');
    expect(table(columns)(page)).toContain('a␤b');

    const twice = await sql.stream('SELECT 1 AS a, 2 AS a');
    expect(twice.columns.map(({ name }) => name)).toEqual(['a', 'a']);
    for await (const rows of twice.pages) {
      expect(rows).toEqual([[1, 2]]);
      expect(csv(twice.columns)({ rows, first: true, last: true })).toBe('a,a\n1,2\n');
    }
    await expect(sql.query('SELECT 1 AS a, 2 AS a')).rejects.toThrow('named a: give them different names');
    expect(() => json(twice.columns)).toThrow('named a: give them different names');
    await sql.close();
  });

  test('DESCRIBE HISTORY returns timestamps and maps, and DDL statements return no rows', async () => {
    const sql = await openSql(opened().workspace);
    expect(await sql.query('CREATE TABLE commands AS SELECT 1 AS a')).toMatchObject({ rows: [] });
    await sql.query("SET TIME ZONE 'Asia/Kolkata'");
    const before = Date.now();
    const { rows } = await sql.query('DESCRIBE HISTORY commands');
    const { timestamp, operationParameters } = rows[0] ?? {};
    expect(Math.abs(Date.parse(String(timestamp)) - before)).toBeLessThan(600_000);
    expect(JSON.parse(jsonText(operationParameters))).toMatchObject({ partitionBy: '[]' });
    expect((await sql.query('DESCRIBE TABLE commands')).rows).toEqual([
      { col_name: 'a', data_type: 'int', comment: null },
    ]);
    expect((await sql.query('SHOW TABLES')).rows).toMatchObject([
      { tableName: 'commands', isTemporary: false },
    ]);
    expect((await sql.stream('DROP TABLE commands')).columns).toEqual([]);
    await sql.close();
  });

  test('parameters can be at the bounds of their types, but not beyond them', async () => {
    const sql = await openSql(opened().workspace);
    const given = {
      tiny: ['TINYINT', '-128'],
      small: ['SMALLINT', '-32768'],
      whole: ['INT', '-2147483648'],
      big: ['BIGINT', '-9223372036854775808'],
      top: ['BIGINT', '9223372036854775807'],
      decimal: ['DECIMAL(38,0)', '-99999999999999999999999999999999999999'],
      double: ['DOUBLE', '1.7976931348623157E308'],
      float: ['FLOAT', '3.4028235E38'],
      day: ['DATE', '0001-01-01'],
      time: ['TIMESTAMP', '1969-12-31 23:59:59.999999'],
      local: ['TIMESTAMP_NTZ', '9999-12-31 23:59:59.999999'],
      price: ['DECIMAL(3,2)', '-1.50'],
      text: ['STRING', ' \'\\ "${x}" 🦊'],
    } as const;
    const parameters = Object.fromEntries(
      Object.entries(given).map(([name, [type, value]]) => [name, { type, value }]),
    );
    const statement = `SELECT ${Object.keys(given)
      .map((name) => `CAST(:${name} AS STRING) AS ${name}, typeof(:${name}) AS ${name}_type`)
      .join(', ')}`;
    const row = (await sql.query(statement, { parameters })).rows[0] ?? {};
    for (const [name, [type, value]] of Object.entries(given)) {
      expect({ name, text: row[name] }).toEqual({ name, text: value });
      expect(row[`${name}_type`]).toBe(type.toLowerCase());
    }
    for (const [type, value, message] of [
      ['TINYINT', '128', 'INVALID_NUMERIC_LITERAL_RANGE'],
      ['BIGINT', '9223372036854775808', 'INVALID_NUMERIC_LITERAL_RANGE'],
      ['INT', 'x', 'which is not a valid INT'],
      ['DATE', '2026-02-30', 'DATE'],
      ['DECIMAL(2,1)', '10.0', 'which is not a valid DECIMAL(2,1)'],
      ['DOUBLE', '-Infinity', 'send it as a STRING and CAST it'],
    ] as const)
      await expect(sql.query('SELECT :a AS a', { parameters: { a: { type, value } } })).rejects.toThrow(
        message,
      );
    await sql.close();
  });

  test('npm run query prints timestamps in UTC in each format, even after a statement that sets another time zone', async () => {
    const { folder, credentials } = opened();
    const file = path.join(folder, 'zone.sql');
    writeFileSync(
      file,
      "SET TIME ZONE 'Asia/Kolkata'; SELECT TIMESTAMP'1969-12-31 23:59:59.5 UTC' AS t, TIMESTAMP_NTZ'1969-12-31 23:59:59' AS n, -0.0D AS z, '' AS e, CAST(NULL AS STRING) AS v;",
    );
    const env = { ...process.env, PIPELINE_LOCAL: credentials };
    const ran = async (format: string) =>
      (await resultOf(startCommand(['query', file, '--format', format], { env }))).stdout;
    expect(await ran('csv')).toContain('t,n,z,e,v\n1969-12-31T23:59:59.5Z,1969-12-31T23:59:59,-0,"",\n');
    expect(await ran('json')).toContain(
      '[{"t":"1969-12-31T23:59:59.5Z","n":"1969-12-31T23:59:59","z":-0,"e":"","v":null}]\n',
    );
    expect(await ran('markdown')).toContain('| 1969-12-31T23:59:59.5Z | 1969-12-31T23:59:59 | -0 |');
    expect(await ran('table')).toContain('1969-12-31 23:59:59.5Z  1969-12-31 23:59:59  -0\n');
  });
}

/** If a notebook or a query is wrong, the checks of 7_verify that cover it fail. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Check, checksOf } from '../../src/databricks/bundle/verify.ts';
import { ROOT } from '../../src/root.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { OwnSpark } from '../fixtures/spark.ts';

interface Mutation {
  readonly breaks: string;
  /** Path relative to notebooks/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The checks that must fail, each as its step and the beginning of its title. */
  readonly red: readonly string[];
}

/** Each of these mutations makes other checks fail, so the test applies all of them at once. */
const APART: readonly Mutation[] = [
  {
    breaks: 'a cleaning rule',
    file: '3_clean/user.py',
    from: 'BETWEEN 0 AND 120',
    to: 'BETWEEN 0 AND 121',
    red: ['first day, user: the age 121 is invalid'],
  },
  {
    breaks: 'a placeholder',
    file: '3_clean/pin.py',
    from: "nullif(field.title, 'No Title Data Available') AS title",
    to: 'field.title AS title',
    red: [
      'first day, pin: placeholders are NULL, each in its own column',
      'first day, pin: a placeholder with blanks around it',
    ],
  },
  {
    breaks: 'a reason',
    file: '3_clean/geo.py',
    from: "'latitude is not a number of degrees from -90 to 90'",
    to: "'latitude is wrong'",
    red: [
      'first day, geo: a latitude out of range',
      'first day, geo: a latitude that is not a number',
      'second day, geo, rejected: a record stays listed when a later version corrects it',
    ],
  },
  {
    breaks: 'a tie',
    file: '4_answers/top_category_by_country.sql',
    from: 'rank() OVER',
    to: 'row_number() OVER',
    red: ['answers, top_category_by_country: lists every winner of a tie'],
  },
  {
    breaks: 'a median',
    file: '4_answers/median_followers_by_join_year.sql',
    from: 'median(follower_count)',
    to: 'percentile_approx(follower_count, 0.5)',
    red: ['answers, median_followers_by_join_year: medians by year of joining'],
  },
  {
    breaks: 'a join, which multiplies rows',
    file: '4_answers/top_category_by_age_group.sql',
    from: 'FROM clean_pin JOIN clean_user USING (ind)',
    to: 'FROM clean_pin JOIN clean_user ON true',
    red: ['answers, top_category_by_age_group: the first and last ages of each group'],
  },
  {
    breaks: 'a count that a double would round',
    file: '4_answers/top_poster_by_country.sql',
    from: 'max(follower_count)',
    to: 'max(CAST(follower_count AS DOUBLE))',
    red: ['answers, top_poster_by_country: distinguishes counts that a double would round'],
  },
  {
    breaks: 'the report of a damaged file',
    file: '2_raw/from_s3.py',
    from: 'return bytes(content), "it is cut off"',
    to: 'return bytes(content), None',
    red: ['geo', 'pin', 'user'].map((dataset) => `second day, ${dataset}: of a truncated gzip file`),
  },
  {
    breaks: 'the retention, which keeps records a day too long',
    file: '6_maintenance/tables.py',
    from: 'INTERVAL {raw_days} DAYS',
    to: 'INTERVAL {raw_days + 1} DAYS',
    red: ['retention, raw_', 'retention, rejected_'],
  },
];

/** Mutations that fail all later checks. Therefore, the test applies each mutation separately, with one dataset. */
const ALONE: readonly Mutation[] = [
  {
    breaks: 'the condition "WHERE kept"',
    file: '3_clean/write.py',
    from: 'WHERE kept\n',
    to: '\n',
    red: ['first day, the notebooks run'],
  },
  {
    breaks: 'the position',
    file: '2_raw/from_s3.py',
    from: '%s %010d',
    to: '%s %d',
    red: ['first day, geo: every line is a raw row, at its position'],
  },
  {
    breaks: 'the choice of the latest version',
    file: '3_clean/write.py',
    from: 'WHERE nth = 1',
    to: '',
    red: ['second day, geo, clean: of two versions in one file the later line counts'],
  },
];

/** Reduces the checks to one dataset without answers, which takes a third of the time. */
const SHORT = '\n# COMMAND ----------\n\nrules = {"geo": rules["geo"]}\nanswers = {}\n';

describe.skipIf(timesUnderFaults(0, 1) === 0)('mutations', () => {
  let spark: OwnSpark;
  let copy: string;
  beforeAll(async () => {
    spark = await OwnSpark.start();
    await spark.kernel.sql('CREATE SCHEMA mutated');
    copy = mkdtempSync(path.join(os.tmpdir(), 'mutated-'));
  });
  afterAll(async () => {
    await spark?.stop();
    rmSync(copy, { recursive: true });
  });

  /** Returns the names of the checks that fail on notebooks with these mutations. */
  async function failures(mutations: readonly Mutation[], short: boolean): Promise<string[]> {
    cpSync(path.join(ROOT, 'notebooks'), copy, { recursive: true });
    for (const { file, from, to } of mutations) mutate(file, (text) => replaced(file, text, from, to));
    if (short) mutate('7_verify/expected.py', (text) => text + SHORT);
    const result = await spark.kernel.run(path.join(copy, '7_verify/checks.py'), {
      catalog: 'spark_catalog',
      schema: 'mutated',
      checkpoints: '/Volumes/spark_catalog/mutated/checkpoints',
      file_reader: 'binaryFile',
    });
    requireSuccess([{ task: 'checks', ...result }]);
    const { checks } = checksOf('checks', result.exit ?? '');
    return checks.filter(({ passed }: Check) => !passed).map(({ step, check }) => `${step}, ${check}`);
  }

  function mutate(file: string, change: (text: string) => string): void {
    const changed = path.join(copy, file);
    writeFileSync(changed, change(readFileSync(changed, 'utf8')));
  }

  test('mutations of rules, reasons, answers and retention, applied at once, each fail their own checks', async () => {
    const failed = await failures(APART, false);
    const blamed = failed.map((check) =>
      APART.filter(({ red }) => red.some((line) => check.startsWith(line))).map(({ breaks }) => breaks),
    );
    expect(blamed.filter(({ length }) => length !== 1)).toEqual([]);
    expect(new Set(blamed.flat())).toEqual(new Set(APART.map(({ breaks }) => breaks)));
  });

  test.each(ALONE)('a mutation of $breaks fails its checks', async (mutation) => {
    const failed = await failures([mutation], true);
    expect(failed).toEqual(expect.arrayContaining([...mutation.red]));
  });
});

function replaced(file: string, text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${file} doesn't contain "${from}": change the mutation.`);
  return text.replaceAll(from, () => to);
}

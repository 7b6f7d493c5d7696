/** Formats the check results of `npm run bundle verify` for the terminal. */
import Table from 'cli-table3';
import type { Checks } from '../../src/databricks/bundle/verify.ts';
import { PLAIN_TABLE } from '../../src/plain-table.ts';
import { visible } from '../../src/visible.ts';

/** The maximum width of a value, in characters; longer values are wrapped. */
const VALUE_WIDTH = 40;

/** Returns a table with a row for each step, then a table of the failed checks with the expected and the actual value. */
export function checkLines({ task, spark, runtime, checks }: Checks): string[] {
  const engine = runtime ? `Databricks Runtime ${runtime}, Spark ${spark}` : `Spark ${spark}`;
  const steps = new Table({
    head: ['step', 'checks', 'failed'],
    style: PLAIN_TABLE,
    colAligns: ['left', 'right', 'right'],
  });
  for (const step of new Set(checks.map(({ step }) => step))) {
    const ofStep = checks.filter((check) => check.step === step);
    steps.push([visible(step), ofStep.length, ofStep.filter(({ passed }) => !passed).length]);
  }
  const failed = checks.filter(({ passed }) => !passed);
  const lines = [visible(`${task}: ${engine}`), steps.toString()];
  if (failed.length === 0) return lines;
  const table = new Table({
    head: ['step', 'failed check', 'expected', 'seen'],
    style: PLAIN_TABLE,
    colWidths: [null, VALUE_WIDTH, VALUE_WIDTH, VALUE_WIDTH],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const { step, check, expected, seen } of failed)
    table.push([step, check, expected, seen].map(visible));
  return [...lines, table.toString()];
}

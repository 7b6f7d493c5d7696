/** What a person reads of the checks of `npm run bundle verify`. */
import Table from 'cli-table3';
import type { Checks } from '../../src/databricks/bundle/verify.ts';
import { PLAIN_TABLE } from '../../src/plain-table.ts';

/** Characters of a value before it is wrapped. */
const VALUE_WIDTH = 40;

/** A row for each step, then each check that failed with what was expected and seen. */
export function checkLines({ task, spark, runtime, checks }: Checks): string[] {
  const engine = runtime ? `Databricks Runtime ${runtime}, Spark ${spark}` : `Spark ${spark}`;
  const steps = new Table({
    head: ['step', 'checks', 'failed'],
    style: PLAIN_TABLE,
    colAligns: ['left', 'right', 'right'],
  });
  for (const step of new Set(checks.map(({ step }) => step))) {
    const ofStep = checks.filter((check) => check.step === step);
    steps.push([step, ofStep.length, ofStep.filter(({ passed }) => !passed).length]);
  }
  const failed = checks.filter(({ passed }) => !passed);
  const lines = [`${task}: ${engine}`, steps.toString()];
  if (failed.length === 0) return lines;
  const table = new Table({
    head: ['step', 'failed check', 'expected', 'seen'],
    style: PLAIN_TABLE,
    colWidths: [null, VALUE_WIDTH, VALUE_WIDTH, VALUE_WIDTH],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for (const { step, check, expected, seen } of failed) table.push([step, check, expected, seen]);
  return [...lines, table.toString()];
}

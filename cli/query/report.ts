/** `npm run query report`: the answers and the pipeline's health as one HTML page. */
import { reportFlags } from './report-flags.ts';

export { parser } from './report-flags.ts';

export async function run(args: readonly string[]): Promise<void> {
  const flags = reportFlags(args);
  const { writeReport } = await import('./write-report.ts');
  await writeReport(flags);
}

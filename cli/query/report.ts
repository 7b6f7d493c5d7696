/** `npm run query report`: the answers and the pipeline's health as one HTML page. */
import { commandLine } from '../../src/command.ts';
import { checkTableFlags, tableOptions } from './table-flags.ts';

/** Resolves with the exit code: 0, or the signal's code if the signal canceled the statements. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parser(args).parseSync();
  checkTableFlags(flags);
  const { writeReport } = await import('./write-report.ts');
  return writeReport(flags);
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query report -- [flags]',
    'Writes the answers, their charts and the health of the pipeline as one HTML page.',
    args,
    {
      out: { type: 'string', default: 'report.html', requiresArg: true, describe: 'the file to write' },
      ...tableOptions(),
    },
  )
    .example('npm run query report', 'writes report.html, to open in a browser, mail or print')
    .example(
      'npm run query report -- --stream --out stream.html',
      "a report on the streaming pipeline's tables",
    );

/** Parses and checks the flags of `npm run query report`. */
import { commandLine, refuseFlagsTakenByNpm } from '../../src/command.ts';
import { checkTableFlags, tableOptions } from './table-flags.ts';

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query report -- [flags]',
    'Writes the answers, their charts and the health of the pipeline as one HTML page.',
    args,
  )
    .options({
      out: { type: 'string', default: 'report.html', requiresArg: true, describe: 'the file to write' },
      ...tableOptions(),
    })
    .example('npm run query report', 'writes report.html, to open in a browser, mail or print')
    .example(
      'npm run query report -- --stream --out stream.html',
      "a report on the streaming pipeline's tables",
    );

export type ReportFlags = ReturnType<typeof reportFlags>;

export function reportFlags(args: readonly string[]) {
  refuseFlagsTakenByNpm('query report', ['out', 'stream', 'schema', 'catalog']);
  const flags = parser(args).parseSync();
  checkTableFlags(flags);
  return flags;
}

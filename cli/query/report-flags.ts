/** The flags of `npm run query report`, checked. */
import { commandLine, refuseFlagsTakenByNpm } from '../../src/command.ts';
import { checkTableFlags, tableOptions } from './table-flags.ts';

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query report -- [flags]',
    'Writes the answers, their charts and the health of the pipeline as one HTML page.',
    args,
  )
    .options({
      out: { type: 'string', default: 'report.html', requiresArg: true, describe: 'the file' },
      ...tableOptions(),
    })
    .example('npm run query report', 'report.html, to be opened by any browser, mailed, printed')
    .example('npm run query report -- --stream --out stream.html', "over the stream's tables");

export type ReportFlags = ReturnType<typeof reportFlags>;

export function reportFlags(args: readonly string[]) {
  refuseFlagsTakenByNpm('query report', ['out', 'stream', 'schema', 'catalog']);
  const flags = parser(args).parseSync();
  checkTableFlags(flags);
  return flags;
}

/** The flags of `npm run query report`, checked. */
import { commandLine, refuseFlagsTakenByNpm, settingOption } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run query report -- [flags]',
    'Writes the answers, their charts and the health of the pipeline as one HTML page.',
    args,
  )
    .options({
      out: { type: 'string', default: 'report.html', requiresArg: true, describe: 'the file' },
      stream: {
        type: 'boolean',
        default: false,
        describe: "the stream's tables instead of the batch half's",
      },
      schema: settingOption('PIPELINE_SCHEMA'),
      catalog: settingOption('PIPELINE_CATALOG'),
    })
    .example('npm run query report', 'report.html, to be opened by any browser, mailed, printed')
    .example('npm run query report -- --stream --out stream.html', "over the stream's tables");

export type ReportFlags = ReturnType<typeof reportFlags>;

export function reportFlags(args: readonly string[]) {
  refuseFlagsTakenByNpm('query report', ['out', 'stream', 'schema', 'catalog']);
  const flags = parser(args).parseSync();
  if (flags.stream && flags.schema !== undefined)
    throw new UsageError('--stream names a schema, and so does --schema: take one of the two.');
  return flags;
}

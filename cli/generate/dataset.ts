/** `npm run generate dataset <name>` */
import { isAddress } from '../../src/address.ts';
import { commandLine } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';
import { ROOT } from '../../src/root.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { name, from, force, records } = parser(args).parseSync();
  if (isAddress(from)) throw new UsageError('--from must be a file, not an address. See --help.');
  const { addDataset } = await import('./add-dataset.ts');
  await addDataset({ root: ROOT, name: name as string, from, force, ...(records && { records }) });
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run generate dataset <name> -- --from <sample>',
    'Writes a dataset from a sample of its records (fields, types, key, test rows), then renders the generated files.',
    args,
    {
      from: {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe:
          'JSON lines, a JSON array or CSV, each also .gz, a folder of such files, or - for the standard input',
      },
      force: { type: 'boolean', default: false, describe: 'replace the dataset if it exists' },
      records: {
        type: 'string',
        requiresArg: true,
        describe:
          'file for the records as JSON lines, in the form in which the producer sends them; without --force, an existing dataset stays as it is',
      },
    },
  )
    .command('$0 <name>', false, (command) =>
      command.positional('name', {
        type: 'string',
        describe: "the dataset's name, which becomes part of the names of topics and tables, e.g. orders",
      }),
    )
    .example(
      'npm run generate dataset orders -- --from orders.jsonl',
      'src/project/datasets/orders.ts and its test rows',
    )
    .example(
      'npm run generate dataset trips -- --from trips.csv --records trips.jsonl',
      'reads CSV and also writes its records as JSON lines',
    )
    .example('zcat events.gz | npm run generate dataset events -- --from -', 'from another program')
    .epilogue(
      'The whole sample is read. In the dataset, comments that begin with "Check:" mark what is uncertain. In the test rows, values that look personal are replaced. docs/datasets.md lists the rules.',
    );

/** `npm run generate project` */
import path from 'node:path';
import { commandLine, refuseFlagsTakenByNpm } from '../../src/command.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export async function run(args: readonly string[]): Promise<void> {
  refuseFlagsTakenByNpm('generate project', ['name', 'from', 'to']);
  const { name, from, to = path.join('..', name) } = parser(args).parseSync();
  const { writeProject } = await import('./write-project.ts');
  await writeProject({ root: ROOT, name, from, to });
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run generate project -- --name <name> --from <samples>',
    'Makes a new folder with a project of its own: this engine, a dataset for each sample, its first questions, tests and README.',
    args,
  )
    .options({
      name: {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: 'its name, part of schemas, jobs and buckets: shop',
      },
      from: {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe:
          'a folder of samples, each file or folder of files a dataset of its name: JSON lines, a JSON array or CSV, each also .gz; or one file',
      },
      to: {
        type: 'string',
        requiresArg: true,
        describe: 'the new folder (default: one of the name beside this project)',
      },
    })
    .example(
      'npm run generate project -- --name shop --from samples',
      '../shop, with a dataset for each file',
    )
    .example(
      'npm run generate project -- --name shop --from orders.jsonl --to ~/shop',
      'one dataset, in another place',
    )
    .epilogue(
      'A folder that is not empty is left alone. The questions are rows per day, the latest arrival, the most frequent values and a summary of the numbers. README.md in the new folder goes on from here.',
    );

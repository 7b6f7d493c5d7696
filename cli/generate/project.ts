/** `npm run generate project` */
import path from 'node:path';
import { commandLine } from '../../src/command.ts';
import { ROOT } from '../../src/root.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { name, from, to = path.join('..', name) } = parser(args).parseSync();
  const { writeProject } = await import('./write-project.ts');
  await writeProject({ root: ROOT, name, from, to });
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run generate project -- --name <name> --from <samples>',
    'Creates a folder with a new project: this engine, a dataset for each sample, first questions, tests and a README.',
    args,
    {
      name: {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe:
          "the project's name, which becomes part of the names of schemas, jobs and buckets, e.g. shop",
      },
      from: {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe:
          'a folder of samples, or a single file. Each file, and each folder of files, becomes a dataset of the same name. Formats: JSON lines, a JSON array or CSV, each also .gz',
      },
      to: {
        type: 'string',
        requiresArg: true,
        describe: 'the new folder (default: ../<name>, next to this project)',
      },
    },
  )
    .example(
      'npm run generate project -- --name shop --from samples',
      '../shop, with a dataset for each file',
    )
    .example(
      'npm run generate project -- --name shop --from orders.jsonl --to ~/shop',
      'one dataset, in another place',
    )
    .epilogue(
      'The new folder must not exist, or must be empty. The first questions are: rows per day, the latest arrival, the most frequent values, and a summary of the numbers. README.md in the new folder describes the next steps.',
    );

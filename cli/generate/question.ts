/** `npm run generate question <sentence>` */
import { commandLine } from '../../src/command.ts';
import { ROOT } from '../../src/root.ts';

export async function run(args: readonly string[]): Promise<void> {
  const { sentence, name, force } = parser(args).parseSync();
  const { makeQuestion } = await import('../../generator/question/make.ts');
  const { planOf } = await import('../../generator/question/plan.ts');
  const { remarksOf } = await import('../../generator/question/remarks.ts');
  const { datasets } = await import('../../src/project/datasets/index.ts');
  const { addFiles } = await import('./add-files.ts');
  const files = makeQuestion({
    root: ROOT,
    datasets,
    question: sentence as string,
    force,
    ...(name && { name }),
  });
  const [[file, source] = []] = files;
  console.log(source);
  await addFiles(ROOT, files);
  const remarks = remarksOf(sentence as string, planOf(sentence as string, datasets));
  if (remarks.length > 0) console.error([...remarks, `To change the SELECT, edit ${file}.`].join('\n'));
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run generate question "<sentence>" -- [flags]',
    'Writes a question about the datasets (its SELECT, its chart and test rows), then renders the generated files.',
    args,
    {
      name: {
        type: 'string',
        requiresArg: true,
        describe: "name of the answer's table (default: derived from the question)",
      },
      force: { type: 'boolean', default: false, describe: 'replace the question if it exists' },
    },
  )
    .command('$0 <sentence>', false, (command) =>
      command.positional('sentence', {
        type: 'string',
        describe:
          'the question: it names a dataset, what to count or calculate, and what to group by (columns, day, month, year)',
      }),
    )
    .example('npm run generate question "How many orders per country?"', 'counts by a column')
    .example(
      'npm run generate question "What is the average total of orders per year?"',
      'an average by year',
    )
    .example(
      'npm run generate question "What is the most popular status of orders in each country?"',
      'the most frequent value',
    )
    .epilogue(
      'The SELECT is a first draft: edit src/project/queries/<name>.sql and its rows in test/spark/queries/<name>.yml, then run "npm run generate".',
    );

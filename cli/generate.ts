/** `npm run generate [check]` and its subcommands */
import { commandLine, refuseFlagsTakenByNpm } from '../src/command.ts';
import { AppError, UsageError } from '../src/errors.ts';
import { counted } from '../src/format.ts';
import { ROOT } from '../src/root.ts';
import { type Commands, commandNamed } from './command.ts';
import { docs } from './docs.ts';

/** Subcommands: each writes sources, then renders the generated files. */
export const words = {
  dataset: () => import('./generate/dataset.ts'),
  question: () => import('./generate/question.ts'),
  project: () => import('./generate/project.ts'),
} satisfies Commands;

/** @throws AppError if `check` finds stale files */
export async function run(args: readonly string[], all: Commands): Promise<number | void> {
  const [first = '', ...rest] = args;
  const word = commandNamed(words, first);
  if (word) return (await word()).run(rest, words);
  refuseFlagsTakenByNpm('generate', ['check']);
  if (!['', 'check'].includes(first) && !first.startsWith('-'))
    throw new UsageError(
      `The word after generate must be one of check, ${Object.keys(words).join(', ')}, not "${first}". See --help.`,
    );
  const { check } = await parser(args).parseAsync();
  const { changesIn, generate } = await import('../generator/generate.ts');
  const pages = await docs(all);
  if (check) {
    const stale = [...(await changesIn(ROOT, pages)).keys()];
    if (stale.length > 0) {
      throw new AppError(
        'STALE',
        `Generated files are out of date; run "npm run generate": ${stale.join(', ')}.`,
      );
    }
    console.log('Generated files are up to date.');
    return;
  }
  const changed = await generate(ROOT, pages);
  for (const file of changed) console.log(file);
  console.log(
    changed.length === 0
      ? 'Nothing to do: generated files are up to date.'
      : `${counted(changed.length, 'file')} changed.`,
  );
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run generate [check]',
    "Renders notebooks, jobs, alerts, the dashboard, Airflow's DAG, docs/commands.md and docs/settings.md from src/ and cli/.",
    args,
  )
    .command('$0 [check]', false, (command) =>
      command.positional('check', {
        choices: ['check'] as const,
        describe: 'Write nothing; fail and name the files if any are out of date.',
      }),
    )
    .example(
      'npm run generate',
      'after a change in src/project/datasets, src/project/queries, src/settings, generator or cli',
    )
    .example('npm run generate check', 'the check that the tests run')
    .example(
      'npm run generate dataset orders -- --from orders.jsonl',
      'a dataset from a sample of its records',
    )
    .example(
      'npm run generate question "How many orders per day?"',
      'a question: its SELECT, chart and test rows',
    )
    .example(
      'npm run generate project -- --name shop --from samples/',
      'a new project from samples of its records',
    );

/** `npm run generate [check]` */
import path from 'node:path';
import { generate, staleFiles } from '../generator/generate.ts';
import { commandLine, refuseFlagsTakenByNpm } from '../src/command.ts';
import { AppError } from '../src/errors.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** @throws AppError where files are stale, and only looked at */
export async function run(args: readonly string[]): Promise<void> {
  refuseFlagsTakenByNpm('generate', ['check']);
  const { check } = await commandLine(
    'npm run generate [check]',
    'Renders notebooks and jobs from the facts in src/.',
    args,
  )
    .command('$0 [check]', false, (command) =>
      command.positional('check', {
        choices: ['check'] as const,
        describe: 'Write nothing; fail, naming the files, when they are stale.',
      }),
    )
    .example('npm run generate', 'after a change in src/datasets, src/queries or generator/templates')
    .example('npm run generate check', 'what the tests do')
    .parseAsync();

  if (check) {
    const stale = await staleFiles(ROOT);
    if (stale.length > 0) {
      throw new AppError(
        'STALE',
        `Not what src/ gives any more, run "npm run generate": ${stale.join(', ')}.`,
      );
    }
    console.log('Generated files are up to date.');
    return;
  }
  const changed = await generate(ROOT);
  for (const file of changed) console.log(file);
  console.log(
    changed.length === 0
      ? 'Nothing to do: generated files are up to date.'
      : `${changed.length} files changed.`,
  );
}

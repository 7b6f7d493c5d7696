/** `npm run streams [create|describe|delete]` */
import { commandLine } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';

const ACTIONS = ['create', 'describe', 'delete'] as const;

/** Resolves with the exit code: 0 when done; 1 if `describe` finds a stream missing, or the user declined a deletion. */
export async function run(args: readonly string[]): Promise<number> {
  const { action: word, yes } = parser(args).parseSync();
  const action = ACTIONS.find((one) => one === word);
  if (!action)
    throw new UsageError(`The action must be create, describe or delete, not ${word}. See --help.`);
  const { runStreams } = await import('./streams/actions.ts');
  return runStreams(action, yes);
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run streams [create|describe|delete]',
    "Creates, describes or deletes the pipeline's Kinesis streams, one for each dataset.",
    args,
    { yes: { type: 'boolean', default: false, describe: 'delete without asking' } },
  )
    .command('$0 [action]', false, (command) =>
      command.positional('action', { type: 'string', default: 'describe', describe: ACTIONS.join(', ') }),
    )
    .example(
      'npm run streams create',
      'creates missing streams in on-demand mode and waits until they are active',
    )
    .example('npm run streams delete -- --yes', 'deletes the streams with their records');

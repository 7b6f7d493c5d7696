/** `npm run streams [create|describe|delete]`: the Kinesis streams of the pipeline's id. */
import { commandLine } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';

const ACTIONS = ['create', 'describe', 'delete'] as const;

/** Resolves with the exit code: 0 when done; 1 where `describe` finds a stream missing, or the user declined a deletion. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args);
  const { runStreams } = await import('./streams/actions.ts');
  return runStreams(flags);
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run streams [create|describe|delete]',
    "The pipeline's Kinesis streams: one for each dataset.",
    args,
  )
    .command('$0 [action]', false, (command) =>
      command.positional('action', { type: 'string', default: 'describe', describe: ACTIONS.join(', ') }),
    )
    .options({ yes: { type: 'boolean', default: false, describe: 'delete without asking' } })
    .example('npm run streams create', 'makes those that are missing, on demand, and waits for them')
    .example('npm run streams delete -- --yes', 'removes them with all they hold');

export interface StreamsFlags {
  readonly action: (typeof ACTIONS)[number];
  readonly yes: boolean;
}

function parse(args: readonly string[]): StreamsFlags {
  const flags = parser(args).parseSync();
  const action = ACTIONS.find((one) => one === flags.action);
  if (!action)
    throw new UsageError(`The action is create, describe or delete, not ${flags.action}. See --help.`);
  return { action, yes: flags.yes };
}

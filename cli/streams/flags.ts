/** The arguments and flags of `npm run streams`. */
import { commandLine } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';

const ACTIONS = ['create', 'describe', 'delete'] as const;

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run streams [create|describe|delete]',
    "Creates, describes or deletes the pipeline's Kinesis streams, one for each dataset.",
    args,
  )
    .command('$0 [action]', false, (command) =>
      command.positional('action', { type: 'string', default: 'describe', describe: ACTIONS.join(', ') }),
    )
    .options({ yes: { type: 'boolean', default: false, describe: 'delete without asking' } })
    .example(
      'npm run streams create',
      'creates missing streams in on-demand mode and waits until they are active',
    )
    .example('npm run streams delete -- --yes', 'deletes the streams with their records');

export interface StreamsFlags {
  readonly action: (typeof ACTIONS)[number];
  readonly yes: boolean;
}

/** @throws UsageError if the action is unknown */
export function streamsFlags(args: readonly string[]): StreamsFlags {
  const flags = parser(args).parseSync();
  const action = ACTIONS.find((one) => one === flags.action);
  if (!action)
    throw new UsageError(`The action must be create, describe or delete, not ${flags.action}. See --help.`);
  return { action, yes: flags.yes };
}

/** The command line: one file per command in commands/, loaded only when it is asked for. */
import { UsageError } from './errors.ts';
import { runAsProgram } from './exit.ts';

interface Command {
  /** Runs the command with the words after its name; the number is the exit code. */
  run(args: readonly string[]): Promise<number | void>;
}

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  bundle: () => import('./commands/bundle.ts'),
  generate: () => import('./commands/generate.ts'),
  infra: () => import('./commands/infra.ts'),
  local: () => import('./commands/local.ts'),
  query: () => import('./commands/query.ts'),
  produce: () => import('./commands/produce.ts'),
  streams: () => import('./commands/streams.ts'),
};

await runAsProgram(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const load = commands[name];
  if (!load)
    throw new UsageError(`There is no command "${name}": npm run ${Object.keys(commands).join(' | ')}.`);
  return (await load()).run(args);
});

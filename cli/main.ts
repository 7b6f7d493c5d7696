/** The command line: a file for each command, loaded only when it runs. */
import { UsageError } from '../src/errors.ts';
import { runAsProgram } from '../src/exit.ts';

interface Command {
  /** Runs the command with the words after its name; the number is the exit code. */
  run(args: readonly string[]): Promise<number | void>;
}

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  bundle: () => import('./bundle.ts'),
  demo: () => import('./demo.ts'),
  generate: () => import('./generate.ts'),
  infra: () => import('./infra.ts'),
  ingress: () => import('./ingress.ts'),
  install: () => import('./install.ts'),
  local: () => import('./local.ts'),
  picture: () => import('./picture.ts'),
  produce: () => import('./produce.ts'),
  query: () => import('./query.ts'),
  streams: () => import('./streams.ts'),
};

await runAsProgram(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const load = commands[name];
  if (!load)
    throw new UsageError(`There is no command "${name}": npm run ${Object.keys(commands).join(' | ')}.`);
  return (await load()).run(args);
});

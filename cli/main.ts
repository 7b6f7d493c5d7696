/** The command line: runs the command that the first argument names. */
import { UsageError } from '../src/errors.ts';
import { runAsProgram } from '../src/exit.ts';
import { commandNamed } from './command.ts';
import { commands } from './commands.ts';

await runAsProgram(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const load = commandNamed(commands, name);
  if (!load)
    throw new UsageError(
      `There is no command "${name}"; the commands are ${Object.keys(commands).join(', ')}.`,
    );
  return (await load()).run(args, commands);
});

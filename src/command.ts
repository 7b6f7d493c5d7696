/** What a command line is made of: yargs, strict, with errors thrown rather than printed. */
import yargs, { type Argv } from 'yargs';
import { UsageError } from './errors.ts';
import { npmFlags } from './settings.ts';

/** A parser for one command, `usage` as a person types it: `npm run produce [to]`. */
export function commandLine(usage: string, args: readonly string[]): Argv {
  return yargs([...args])
    .scriptName('')
    .usage(usage)
    .strict()
    .wrap(110)
    .version(false)
    .exitProcess(true)
    .help()
    .alias('help', 'h')
    .showHelpOnFail(false)
    .fail((message, error) => {
      // A YError is yargs's own word for a mistake in the words; any other error came from our code.
      if (error && error.name !== 'YError') throw error;
      const sentence = message.replaceAll(/\s+/g, ' ').replace(/\.?\s*$/, '.');
      throw new UsageError(`${sentence} See --help.`);
    });
}

/**
 * npm keeps flags that stand before `--` for itself, and the command would run without them: `npm run produce kafka
 * --dry-run` would really send. Refuses to run when npm took one of `flags`.
 */
export function refuseFlagsTakenByNpm(script: string, flags: readonly string[]): void {
  const taken = npmFlags(flags)[0];
  if (taken === undefined) return;
  throw new UsageError(
    `npm took --${taken} for itself, so the command never saw it: put flags after --, as in "npm run ${script} -- --${taken} …".`,
  );
}

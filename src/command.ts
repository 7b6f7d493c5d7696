/** What a command line is made of: yargs, strict, with errors thrown rather than printed. */
import yargs, { type Argv } from 'yargs';
import { UsageError } from './errors.ts';
import type { NameRule } from './names.ts';
import { npmFlags, settingNamed } from './settings.ts';

/**
 * Returns a parser for one command: `usage` as a person types it, `npm run produce [to]`, and what the command does.
 */
export function commandLine(usage: string, does: string, args: readonly string[]): Argv {
  // Of a flag that npm takes for a short form of its own, `--format=csv`, it leaves the value and says nothing.
  const bare = usage.startsWith('npm run') && !args.some((word) => word.startsWith('-'));
  return (
    yargs([...args])
      .scriptName('')
      .usage(`${usage}\n\n${does}`)
      .strict()
      .wrap(110)
      // As our own sentences are: docs/commands.md is the same on every machine.
      .locale('en')
      .version(false)
      .exitProcess(true)
      .help()
      .alias('help', 'h')
      .showHelpOnFail(false)
      // `--from.x` would make an object of --from.
      .parserConfiguration({ 'dot-notation': false })
      .check((values, declared) => {
        // yargs makes a list of an option that is given again, and its type still says that it is none.
        const lists = (declared as unknown as { array: readonly string[] }).array;
        const isFlag = (name: string) => args.some((word) => word.split('=')[0] === `--${name}`);
        const again = Object.keys(values).find(
          (name) => Array.isArray(values[name]) && !lists.includes(name) && isFlag(name),
        );
        if (again !== undefined) throw new UsageError(`--${again} was given more than once.`);
        return true;
      })
      .fail((message, error) => {
        // A YError is yargs's own word for a mistake in the words; any other error came from our code.
        if (error && error.name !== 'YError') throw error;
        const sentence = message.replaceAll(/\s+/g, ' ').replace(/\.?\s*$/, '.');
        const stray =
          bare && sentence.startsWith('Unknown argument') ? ' Flags and their values go after --.' : '';
        throw new UsageError(`${sentence}${stray} See --help.`);
      })
  );
}

/**
 * npm keeps flags that stand before `--` for itself, and the command would run without them: `npm run produce kafka
 * --dry-run` would really send. Refuses to run when npm took one of `flags`; to be called before the rest is parsed, in
 * which the values of such flags may be left.
 */
export function refuseFlagsTakenByNpm(script: string, flags: readonly string[]): void {
  const taken = npmFlags(flags)[0];
  if (taken === undefined) return;
  throw new UsageError(
    `npm took --${taken} for itself, so the command never saw it: put flags after --, as in "npm run ${script} -- --${taken} …".`,
  );
}

/**
 * Returns a whole number out of what was typed for `name`. Its option has no type: yargs would make NaN of `abc`, and
 * the sentence could not say what it refuses.
 * @throws UsageError where it is no such number, or not from `least` to `most`
 */
export function wholeNumber(
  name: string,
  typed: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof typed === 'number' && Number.isSafeInteger(typed) && typed >= least && typed <= most)
    return typed;
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more,` : ` from ${least} to ${most},`;
  throw new UsageError(`${name} is a whole number${range} not ${typed}.`);
}

/** Returns a name out of what was typed for `what`; undefined stays so. @throws UsageError where the rule refuses it */
export function nameFor(what: string, typed: string | undefined, { pattern, expected }: NameRule) {
  if (typed === undefined || pattern.test(typed)) return typed;
  throw new UsageError(`${what} is ${expected}; got "${typed}".`);
}

/** Returns a share out of what was typed for `name`, as wholeNumber does. @throws UsageError where it is none */
export function share(name: string, typed: unknown): number {
  if (typeof typed === 'number' && typed >= 0 && typed <= 1) return typed;
  throw new UsageError(`${name} is a share from 0 to 1, not ${typed}.`);
}

/** Returns an option that takes precedence over the setting of a variable, and means the same. */
export function settingOption(name: string) {
  const { description } = settingNamed(name);
  const describe = `${description.replaceAll('`', '')} (default: the setting ${name})`;
  return { type: 'string', requiresArg: true, describe } as const;
}

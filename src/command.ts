/** Builds the parsers of the commands: yargs in strict mode. They throw errors instead of printing them. */
import yargs, { type Options } from 'yargs';
import { UsageError } from './errors.ts';
import type { NameRule } from './names.ts';
import { npmFlags, settingNamed } from './settings.ts';

/**
 * Returns a parser for one command. `usage` is the command as a user types it, such as `npm run produce [to]`; `does` describes it.
 * The parser throws if npm consumed one of `options`.
 */
export function commandLine<const Declared extends Readonly<Record<string, Options>>>(
  usage: string,
  does: string,
  args: readonly string[],
  options = {} as Declared,
) {
  const [, script] = /^npm run ((?: ?[a-z:]+)+)/.exec(usage) ?? [];
  // npm has a flag --yes, which any environment may set. If npm consumes it, the command asks for confirmation, which does no harm.
  const flags = Object.keys(options).filter((flag) => flag !== 'yes');
  const refuseTaken = () => script !== undefined && refuseFlagsTakenByNpm(script, flags);
  // npm may take `--format=csv`, if it is not after `--`, for an abbreviation of an npm flag. The command then receives
  // only `csv`.
  const bare = script !== undefined && !args.some((word) => word.startsWith('-'));
  return (
    yargs([...args])
      .scriptName('')
      .usage(`${usage}\n\n${does}`)
      .strict()
      .wrap(110)
      // yargs' own texts are English on every machine, like our messages and docs/commands.md.
      .locale('en')
      .version(false)
      .alias('help', 'h')
      .options(options)
      // Otherwise, `--from.x` would turn the value of --from into an object.
      .parserConfiguration({ 'dot-notation': false })
      .check((values, declared) => {
        refuseTaken();
        // yargs takes every value of a flag except `true` as false, so --dry-run=1 would really send.
        const { boolean } = declared as unknown as { boolean: readonly string[] };
        for (const word of args) {
          const [, flag = '', value] = /^--(?:no-)?([^=]+)=(.*)$/s.exec(word) ?? [];
          if (boolean.includes(flag) && value !== 'true' && value !== 'false')
            throw new UsageError(`--${flag} must have no value, or =true or =false, not "${value}".`);
        }
        // yargs turns a repeated option into a list, even if the option's type is not a list.
        const lists = (declared as unknown as { array: readonly string[] }).array;
        const isFlag = (name: string) => args.some((word) => word.split('=')[0] === `--${name}`);
        const again = Object.keys(values).find(
          (name) => Array.isArray(values[name]) && !lists.includes(name) && isFlag(name),
        );
        if (again !== undefined) throw new UsageError(`--${again} was given more than once.`);
        return true;
      })
      .fail((message, error) => {
        // The values of consumed flags may remain among the arguments, and the message would be about these values.
        refuseTaken();
        // yargs throws a YError for a mistake of the user; any other error comes from our code.
        if (error && error.name !== 'YError') throw error;
        if (message.startsWith('Not enough non-option arguments'))
          throw new UsageError(`An argument is missing: expected ${usage}. See --help.`);
        const sentence = message.replaceAll(/\s+/g, ' ').replace(/\.?\s*$/, '.');
        const [, name = '', given, choices] =
          /^Invalid values: Argument: (.+?), Given: (.*), Choices: (.*)\.$/.exec(sentence) ?? [];
        if (choices !== undefined)
          throw new UsageError(
            `${Object.hasOwn(options, name) ? '--' : ''}${name} must be one of ${choices}, not ${given}. See --help.`,
          );
        const stray =
          bare && sentence.startsWith('Unknown argument') ? ' Flags and their values go after --.' : '';
        throw new UsageError(`${sentence}${stray} See --help.`);
      })
  );
}

/**
 * Throws if npm consumed one of `flags`. npm consumes flags before `--`, and the command would run without them:
 * `npm run produce kafka --dry-run` would really send.
 */
export function refuseFlagsTakenByNpm(script: string, flags: readonly string[]): void {
  const taken = npmFlags(flags)[0];
  if (taken === undefined) return;
  throw new UsageError(
    `npm consumed --${taken}, so the command did not receive it: put flags after --, as in "npm run ${script} -- --${taken} …".`,
  );
}

/**
 * Returns the whole number that was typed for `name`. The option must be declared without a type: for an option of type number,
 * yargs would turn `abc` into NaN, and the message could not show `abc`.
 * @throws UsageError if the typed value is not a whole number from `least` to `most`
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
  throw new UsageError(`${name} must be a whole number${range} not ${typed}.`);
}

/** Checks the name that was typed for `what`, if any. @throws UsageError if the name breaks the rule */
export function checkName(what: string, typed: string | undefined, { pattern, expected }: NameRule): void {
  if (typed === undefined || pattern.test(typed)) return;
  throw new UsageError(`${what} must be ${expected}; got "${typed}".`);
}

/** Returns the share that was typed for `name`. @throws UsageError if it is not a number from 0 to 1 */
export function share(name: string, typed: unknown): number {
  if (typeof typed === 'number' && typed >= 0 && typed <= 1) return typed;
  throw new UsageError(`${name} must be a share from 0 to 1, not ${typed}.`);
}

/** Returns the declaration of an option that overrides an environment variable. */
export function settingOption(name: string) {
  const { description } = settingNamed(name);
  const describe = `${description.replaceAll('`', '')} (default: the setting ${name})`;
  return { type: 'string', requiresArg: true, describe } as const;
}

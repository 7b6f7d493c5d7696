/** `npm run query [what]` and `npm run query report` */
import { UsageError } from '../src/errors.ts';
import { type Commands, commandNamed } from './command.ts';
import { queryFlags } from './query/flags.ts';

export { parser } from './query/flags.ts';

/** Subcommands; any other first argument is an answer, a file or SQL. */
export const words = { report: () => import('./query/report.ts') } satisfies Commands;

/** Resolves with the exit code: 0, or the signal's code if the signal canceled a statement. */
export async function run(args: readonly string[]): Promise<number | void> {
  const [first = '', ...rest] = args;
  const word = commandNamed(words, first);
  if (word) return (await word()).run(rest, words);
  const flags = queryFlags(args);
  if (flags.what === undefined) {
    if (args.length > 0) throw new UsageError('The flags need an answer, a file or SQL to show. See --help.');
    const { list } = await import('./query/list.ts');
    return list();
  }
  const { answer } = await import('./query/ask.ts');
  return answer(flags.what, flags);
}

/** Shared by the benches that run their contestants alternately: the number of rounds, and the median of the results. */
import { commandLine, wholeNumber } from '../src/command.ts';

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

/** Parses the command line `npx tsx bench/<name>.ts [rounds]` and returns the number of rounds, `usual` by default. */
export function roundsOf(name: string, does: string, usual: number): number {
  const { rounds } = commandLine(`npx tsx bench/${name}.ts [rounds]`, does, process.argv.slice(2))
    .command('$0 [rounds]', false, (command) =>
      command.positional('rounds', { default: usual, describe: 'how many times each contestant runs' }),
    )
    .parseSync();
  return wholeNumber('The number of rounds', rounds, 1);
}

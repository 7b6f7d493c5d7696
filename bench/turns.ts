/** What benches share that take turns: how many turns there are, and what comes out of them. */
import { commandLine, wholeNumber } from '../src/command.ts';

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

/** How many turns each has, of a bench that is told nothing else: `npx tsx bench/<name>.ts [rounds]`. */
export function roundsOf(name: string, does: string, usual: number): number {
  const { rounds } = commandLine(`npx tsx bench/${name}.ts [rounds]`, does, process.argv.slice(2))
    .command('$0 [rounds]', false, (command) =>
      command.positional('rounds', { default: usual, describe: 'how many turns each has' }),
    )
    .parseSync();
  return wholeNumber('The number of rounds', rounds, 1);
}

/** Shared by the benches that run their contestants alternately. */
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

/**
 * Runs the contestants alternately and returns what their turns measured. `warmUp` rounds before the others are not counted,
 * because Node still compiles code then, here and in the servers.
 */
export async function alternately<Of extends { readonly name: string }, Measured>(
  contestants: readonly Of[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
  turn: (contestant: Of) => Promise<Measured>,
): Promise<Map<string, Measured[]>> {
  const all = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1 - warmUp; round <= rounds; round++)
    for (const contestant of contestants) {
      const measured = await turn(contestant);
      if (round > 0) all.get(contestant.name)?.push(measured);
    }
  return all;
}

/** Prints a line for each contestant's rates in records a second. The first contestant is this producer. */
export function printRates(rates: ReadonlyMap<string, readonly number[]>): void {
  const [ours = 0] = [...rates.values()].map(median);
  for (const [name, measured] of rates) {
    const rate = median(measured);
    console.log(
      `${inRate(name, rate)}   this producer: ${(ours / rate).toFixed(2)} times the rate   (${measured.map(Math.round).join(', ')})`,
    );
  }
}

export const inRate = (name: string, rate: number): string =>
  `${name.padEnd(32)}${Math.round(rate).toLocaleString('en').padStart(9)} records/s`;

/** Lists the answers of `npm run query`. */
import { queries } from '../../src/project/queries/index.ts';

export function list(): void {
  const width = Math.max(...queries.map(({ name }) => name.length));
  for (const { name, question } of queries) console.log(`${name.padEnd(width)}  ${question}`);
  if (process.stdout.isTTY)
    console.log(
      '\nnpm run query <name> shows an answer, npm run query report writes a page of all answers; see --help for more.',
    );
}

/** `npm run produce [to..]` */
import { produceFlags } from './produce/flags.ts';

export { parser } from './produce/flags.ts';

/**
 * Resolves with the exit code: 0 if every record was delivered, otherwise 1; after Ctrl-C, the exit code
 * of the signal.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = produceFlags(args);
  const { runProduce } = await import('./produce/run.ts');
  return runProduce(flags);
}

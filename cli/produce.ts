/** `npm run produce [to..]` */
import { produceFlags } from './produce/flags.ts';

export { parser } from './produce/flags.ts';

/**
 * Resolves with the exit code: 0 if every record was delivered, 1 if any record was not. After Ctrl-C it is the exit
 * code of the signal.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = produceFlags(args);
  const { runProduce } = await import('./produce/run.ts');
  return runProduce(flags);
}

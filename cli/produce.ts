/** `npm run produce [to..]` */
import { produceFlags } from './produce/flags.ts';

export { parser } from './produce/flags.ts';

/** Resolves with the exit code: 0 when everything was delivered, 1 when anything was not; that of the signal after Ctrl-C. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = produceFlags(args);
  const { runProduce } = await import('./produce/run.ts');
  return runProduce(flags);
}

/** `npm run produce [to..]` */
import { produceFlags } from './produce/flags.ts';

export { parser } from './produce/flags.ts';

export async function run(args: readonly string[]): Promise<number> {
  const flags = produceFlags(args);
  const { runProduce } = await import('./produce/run.ts');
  return runProduce(flags);
}

/** `npm run bundle validate|plan|deploy|run|verify|summary|destroy [target]` */
import { bundleFlags } from './bundle/flags.ts';

export { parser } from './bundle/flags.ts';

export async function run(args: readonly string[]): Promise<number> {
  const flags = bundleFlags(args);
  const { runBundle } = await import('./bundle/run.ts');
  return runBundle(flags);
}

/** `npm run bundle validate|plan|deploy|run|verify|summary|destroy [target]` */
import { bundleFlags } from './bundle/flags.ts';

export { parser } from './bundle/flags.ts';

/**
 * Resolves with the exit code of the Databricks CLI if the command called it. Otherwise: 0 when done, 1 if a run failed
 * or the user declined, 128 plus the signal's number after an interruption.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = bundleFlags(args);
  const { runBundle } = await import('./bundle/run.ts');
  return runBundle(flags);
}

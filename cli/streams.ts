/** `npm run streams [create|describe|delete]` */
import { streamsFlags } from './streams/flags.ts';

export { parser } from './streams/flags.ts';

/** Resolves with the exit code: 0 when done; 1 if `describe` finds a stream missing, or the user declined a deletion. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = streamsFlags(args);
  const { runStreams } = await import('./streams/actions.ts');
  return runStreams(flags);
}

/**
 * A program that prints what `npm run generate` would write: a JSON array of paths, each with the file's text, or with null if
 * the file is removed.
 */
import { runAsProgram } from '../../src/exit.ts';
import { ROOT } from '../../src/root.ts';
import { commands } from '../commands.ts';
import { docs } from '../docs.ts';

await runAsProgram(async () => {
  // Loading throws the errors of facts that are not valid.
  const { changesIn } = await import('../../generator/generate.ts');
  const changes = await changesIn(ROOT, await docs(commands));
  process.stdout.write(JSON.stringify([...changes]));
});

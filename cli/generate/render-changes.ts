/**
 * Renders a project whose facts have changed. A new process renders it, because the current process has already loaded
 * the old facts.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Changes } from '../../generator/generate.ts';
import { AppError } from '../../src/errors.ts';

/**
 * Resolves with what the generator of the project in `folder` would write. Writes nothing itself, so that the caller can write
 * in one step, which no signal interrupts.
 * @throws AppError with the generator's message if rendering fails
 */
export async function renderedChanges(folder: string): Promise<Changes> {
  const program = ['src/start.mjs', 'cli/generate/changes.ts'];
  const rendering = promisify(execFile)(process.execPath, program, {
    cwd: folder,
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const stop = () => rendering.child.kill();
  process.once('exit', stop);
  try {
    const changes = JSON.parse((await rendering).stdout) as [string, string | null][];
    return new Map(changes.map(([file, text]) => [file, text ?? undefined]));
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = /^error: (.*)$/m.exec(stderr)?.[1];
    if (why === undefined) throw error;
    throw new AppError('RENDER', `Nothing was written, because rendering failed: ${why}`);
  } finally {
    process.off('exit', stop);
  }
}

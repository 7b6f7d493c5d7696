/**
 * Renders a project whose facts have changed. A new process renders it, because the current process has already loaded
 * the old facts.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError } from '../../src/errors.ts';

/** Runs the generator of the project in `folder`. @throws AppError with the generator's message if rendering fails */
export async function renderAll(folder: string): Promise<void> {
  const rendering = promisify(execFile)(process.execPath, ['src/start.mjs', 'cli/main.ts', 'generate'], {
    cwd: folder,
  });
  const stop = () => rendering.child.kill();
  process.once('exit', stop);
  try {
    await rendering;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = /^error: (.*)$/m.exec(stderr)?.[1];
    if (why === undefined) throw error;
    throw new AppError('RENDER', `Nothing was written, because rendering failed: ${why}`);
  } finally {
    process.off('exit', stop);
  }
}

/** Renders a project whose facts have changed, in a process of its own: this one has read the facts as they were. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { AppError } from '../../src/errors.ts';

/** Runs the generator of the project in `folder`. @throws AppError with the generator's own sentence where nothing could be rendered */
export async function renderAll(folder: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['src/start.mjs', 'cli/main.ts', 'generate'], {
      cwd: folder,
    });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = /^error: (.*)$/m.exec(stderr)?.[1];
    if (why === undefined) throw error;
    throw new AppError('RENDER', `Nothing was written, as it could not be rendered: ${why}`);
  }
}

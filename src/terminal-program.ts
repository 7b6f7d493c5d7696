/** Runs a program that shares this terminal: the program is interrupted together with this process, and ends first. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { interrupts } from './interrupts.ts';

const SIGNAL_OF: Readonly<Record<number, NodeJS.Signals>> = { 130: 'SIGINT', 129: 'SIGHUP' };

/**
 * Runs a program to its end. Resolves with its exit code, or with 1 if a signal ended the program but did not interrupt this
 * process. A second Ctrl-C ends this process and the program immediately.
 * @throws Error if the program can't be started
 */
export async function runInTerminal(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<number> {
  const taken = interrupts();
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  taken.first.addEventListener('abort', () => {
    // The terminal already sends Ctrl-C to all its programs; another signal would count as a second press.
    if (taken.exitCode === 130 && process.stdin.isTTY) return;
    child.kill(SIGNAL_OF[taken.exitCode] ?? 'SIGTERM');
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    return taken.first.aborted && code !== 0 ? taken.exitCode : code;
  } finally {
    process.off('exit', kill);
    taken.release();
  }
}

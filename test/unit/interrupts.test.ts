/** A first and a second Ctrl-C, as they arrive at a program that npm and tsx have started. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Interrupts, interrupts } from '../../src/interrupts.ts';

let taken: Interrupts;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  taken = interrupts();
});

afterEach(() => {
  taken.release();
  vi.useRealTimers();
});

/** Emits the signals of one Ctrl-C: from the terminal, npm and tsx, some milliseconds apart. */
const press = () => {
  for (const delay of [0, 2, 30]) {
    vi.advanceTimersByTime(delay);
    process.emit('SIGINT');
  }
};
const seen = () => [taken.first.aborted, taken.second.aborted];

test('the signals of one press count as one press; the next press is the second', () => {
  expect(seen()).toEqual([false, false]);
  press();
  expect(seen()).toEqual([true, false]);
  vi.advanceTimersByTime(2000);
  press();
  expect(seen()).toEqual([true, true]);
});

test('an interrupt by the program is not a press, and the next press is the first', () => {
  taken.interrupt();
  expect(seen()).toEqual([true, false]);
  vi.advanceTimersByTime(2000);
  press();
  expect(seen()).toEqual([true, false]);
});

test('any number of statements can listen to an interrupt without a warning', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  for (let nth = 0; nth < 50; nth++)
    for (const signal of [taken.first, taken.second]) signal.addEventListener('abort', () => {});
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  expect(warned).not.toHaveBeenCalled();
});

test('a release removes the signal handler', () => {
  const others = process.listenerCount('SIGINT') - 1;
  taken.release();
  expect(process.listenerCount('SIGINT')).toBe(others);
});

test('closing the terminal after a Ctrl-C does not count as a second Ctrl-C', () => {
  press();
  vi.advanceTimersByTime(2000);
  process.emit('SIGHUP');
  expect(seen()).toEqual([true, false]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('the exit code after %s is %i, whatever signals follow', (signal, code) => {
  process.emit(signal);
  process.emit('SIGINT');
  expect(taken.exitCode).toBe(code);
});

test('while a pager reads the terminal, a second press is ignored', () => {
  press();
  taken.ignoreSecond = true;
  vi.advanceTimersByTime(2000);
  press();
  expect(seen()).toEqual([true, false]);
});

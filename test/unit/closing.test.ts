/** Closing after a failure. */
import { expect, test } from 'vitest';
import { type Closing, closeAll, thenClose } from '../../local/closing.ts';

const failing = (message: string) => () => Promise.reject(new Error(message));

test('everything is closed in reverse order, and the first error is thrown', async () => {
  const closed: string[] = [];
  const closing: Closing = [() => closed.push('a'), failing('b'), failing('c'), () => closed.push('d')];
  await expect(closeAll(closing)).rejects.toThrow('c');
  expect(closed).toEqual(['d', 'a']);
});

test('an error while closing does not replace the error of the work', async () => {
  await expect(thenClose([failing('closing')], failing('work'))).rejects.toThrow('work');
  await expect(thenClose([failing('closing')], async () => {})).rejects.toThrow('closing');
});

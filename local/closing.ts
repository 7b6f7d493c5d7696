/** Closes what was opened, in reverse order. An error does not prevent that the rest is closed. */

/** Functions that each close what was opened after the previous one. */
export type Closing = (() => unknown)[];

/** Calls all functions one after another, beginning with the last, and removes them. @throws the first error */
export async function closeAll(closing: Closing): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closing.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Calls `work`, then closes everything that it has opened. @throws the error of `work` rather than an error of closing */
export async function thenClose(closing: Closing, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await closeAll(closing).catch(() => {});
    throw error;
  }
  await closeAll(closing);
}

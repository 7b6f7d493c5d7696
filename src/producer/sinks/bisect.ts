/** Finds the record that makes a sink reject a whole batch. */

/**
 * The answer to a batch: an outcome for each record. If the sink rejected the whole batch, the answer is a function
 * instead. The function is called only if the batch has one record, and returns the outcome of that record.
 */
export type Answer<R, O> = readonly O[] | ((record: R) => O);

/**
 * Sends a batch. If it is rejected, sends its halves one after the other, down to a single record. Returns an outcome
 * for each record, in order. After an outcome for which `blocks` is true, sends nothing more, and returns this outcome
 * for the remaining records, so that no record overtakes a pending record.
 */
export async function sendInHalves<R, O>(
  batch: readonly R[],
  send: (part: readonly R[]) => Promise<Answer<R, O>>,
  blocks: (outcome: O) => boolean,
): Promise<readonly O[]> {
  const answer = await send(batch);
  if (typeof answer !== 'function') return answer;
  if (batch.length === 1) return batch.map(answer);
  const middle = batch.length >> 1;
  const first = await sendInHalves(batch.slice(0, middle), send, blocks);
  const rest = batch.slice(middle);
  const blocking = first.find(blocks);
  return [
    ...first,
    ...(blocking === undefined ? await sendInHalves(rest, send, blocks) : rest.map(() => blocking)),
  ];
}

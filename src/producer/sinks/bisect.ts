/** How the one record is found because of which a sink refuses a whole batch. */

/** The answer to a batch: an outcome for each record, or the outcome of a record alone because of which all are refused. */
export type Answer<R, O> = readonly O[] | ((record: R) => O);

/**
 * Sends a batch and, where it is refused, its halves one after the other, down to the single record; returns an outcome
 * for each record, in their order. After an outcome that `blocks`, nothing more is sent and the rest has that outcome:
 * no record overtakes one that is still pending.
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

/** The delay before a failed task or run is retried. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** The delay doubles with each failure, as for a continuous job on Databricks. It is at most a minute. */
export const BACKOFF: Backoff = { firstMs: 1000, mostMs: 60_000 };

/** Returns the delay after a number of consecutive failures, 1 or more. */
export const delayAfter = (failures: number, { firstMs, mostMs }: Backoff): number =>
  Math.min(mostMs, firstMs * 2 ** (failures - 1));

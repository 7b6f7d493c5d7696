/** How long to wait before something that failed begins again. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** As for a continuous job on Databricks the wait doubles; a laptop's job need not wait for an hour, though. */
export const BACKOFF: Backoff = { firstMs: 1000, mostMs: 60_000 };

/** After so many failures in a row, 1 or more. */
export const delayAfter = (failures: number, { firstMs, mostMs }: Backoff): number =>
  Math.min(mostMs, firstMs * 2 ** (failures - 1));

/** The content of a report as plain data, gathered from a workspace or created by a test. */
import type { Dataset } from '../../datasets/dataset.ts';
import type { Query } from '../../queries/query.ts';
import type { Account } from '../accounts.ts';
import type { Row } from '../answers.ts';

export interface ReportData {
  readonly made: Date;
  /** The workspace's address, and the schema of the tables with its catalog. */
  readonly host: string;
  readonly schema: string;
  readonly answers: readonly Answer[];
  readonly datasets: readonly DatasetHealth[];
  /** The newest run first; undefined if the runs can't be read. */
  readonly runs?: readonly Run[] | undefined;
}

/** A version of a Delta table. */
export interface Version {
  readonly version: number;
  readonly at: Date;
}

export interface Answer {
  readonly query: Query;
  /** Undefined if the table does not exist yet. */
  readonly table?: {
    /** The rows, in display order. */
    readonly rows: readonly Row[];
    readonly made: Version;
    /** The clean tables that the query reads, in the versions that it read. */
    readonly from: readonly Source[];
  };
}

export interface Source {
  readonly name: string;
  /**
   * The last version before the answer was computed; undefined if this version is older than the history that was read.
   */
  readonly read?: Version;
  /** The number of versions of the table after `read`. */
  readonly since: number;
}

export interface DatasetHealth {
  readonly dataset: Dataset;
  /** Undefined if the dataset's tables do not exist yet. */
  readonly state?: {
    readonly account: Account;
    /** Arrival time of the newest record in the clean table. */
    readonly latest: Date | undefined;
    /** The reasons for rejections, the most frequent first. */
    readonly reasons: readonly Reason[];
    readonly lastDay: LastDay;
  };
}

/**
 * Counts of the records in the 24 hours up to a dataset's latest arrival, compared with the limits in the dataset's
 * file.
 */
export interface LastDay {
  readonly arrived: number;
  readonly rejected: number;
  /** From 0 to 1; null if nothing has arrived. */
  readonly share: number | null;
  /** `good`, or `warn: …` or `fail: …` with the exceeded limit; `silence` concerns the time since the latest arrival. */
  readonly rejection: string;
  readonly silence: string;
}

export interface Reason {
  readonly reason: string;
  /** True if the record was kept without its invalid value, false if the whole record was rejected. */
  readonly kept: boolean;
  /** The number of distinct records. */
  readonly records: number;
}

export interface Run {
  readonly job: string;
  readonly started: Date;
  /** Undefined while the run is in progress. */
  readonly seconds?: number;
  /** `success`, `failed`, …; `running` until the run has ended. */
  readonly result: string;
  readonly url?: string;
}

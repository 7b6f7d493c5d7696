/** What a report shows, as plain data: gathered from a workspace, or made by a test. */
import type { Dataset } from '../../datasets/dataset.ts';
import type { Query } from '../../queries/query.ts';
import type { Account } from '../accounts.ts';
import type { Row } from '../answers.ts';

export interface ReportData {
  readonly made: Date;
  /** Where the tables are: the workspace's address, and the schema with its catalog. */
  readonly host: string;
  readonly schema: string;
  readonly answers: readonly Answer[];
  readonly datasets: readonly DatasetHealth[];
  /** The newest first; undefined where the workspace doesn't show them. */
  readonly runs?: readonly Run[] | undefined;
}

/** A version of a Delta table. */
export interface Version {
  readonly version: number;
  readonly at: Date;
}

export interface Answer {
  readonly query: Query;
  /** Undefined where the table is not there yet. */
  readonly table?: {
    /** In the order in which they are shown. */
    readonly rows: readonly Row[];
    readonly made: Version;
    /** The clean tables it reads, each as it was then. */
    readonly from: readonly Source[];
  };
}

export interface Source {
  readonly name: string;
  /** The last version before the answer was made; undefined where its history was not read so far back. */
  readonly read?: Version;
  /** How many versions the table has had since. */
  readonly since: number;
}

export interface DatasetHealth {
  readonly dataset: Dataset;
  /** Undefined where its tables are not there yet. */
  readonly state?: {
    readonly account: Account;
    /** When the newest record of the clean table arrived. */
    readonly latest: Date | undefined;
    /** The most frequent first. */
    readonly reasons: readonly Reason[];
    readonly lastDay: LastDay;
  };
}

/** The 24 hours up to a dataset's latest arrival, in records, against the limits of its file. */
export interface LastDay {
  readonly arrived: number;
  readonly rejected: number;
  /** From 0 to 1; null where nothing has arrived. */
  readonly share: number | null;
  /** `good`, or `warn: …` or `fail: …` with the limit that is exceeded; `silence` is about the time since. */
  readonly rejection: string;
  readonly silence: string;
}

export interface Reason {
  readonly reason: string;
  /** Whether the rest of the record was kept. */
  readonly kept: boolean;
  /** Distinct records. */
  readonly records: number;
}

export interface Run {
  readonly job: string;
  readonly started: Date;
  /** Undefined while the run goes on. */
  readonly seconds?: number;
  /** `success`, `failed`, …; `running` until it has ended. */
  readonly result: string;
  readonly url?: string;
}

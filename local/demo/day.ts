/** One day of the pipeline: what it is asked for, and what its steps share. */
import type { SqlResult } from '../../src/databricks/sql.ts';
import type { Settings } from '../../src/settings.ts';
import type { Installed } from '../install/install.ts';
import type { Story } from './story.ts';

/** Runs a SQL statement on the workspace's warehouse. */
export type RunStatement = (statement: string) => Promise<SqlResult>;

export interface DayOptions {
  readonly settings: Settings;
  readonly state: string;
  /** Made posts, or a folder whose lines are sent as they are. */
  readonly posts:
    | { readonly seed: number; readonly count: number; readonly resend: number }
    | { readonly from: string };
  /** How many posts go through the stream; without them only the batch pipeline runs. */
  readonly streamPosts: number;
  /** Whether they go through the API in front of Kinesis. */
  readonly gateway: boolean;
  /** A file for counts, timings and answers. */
  readonly json?: string;
  /** A file for the batch pipeline's report. */
  readonly report?: string;
  readonly signal: AbortSignal;
  readonly story: Story;
}

/** A day that is running. */
export interface Day extends DayOptions {
  readonly installed: Installed;
  /** Called when the day ends, in reverse order. */
  readonly closing: (() => Promise<unknown>)[];
}

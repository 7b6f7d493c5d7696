/** One day of the pipeline: its options, and the state that its steps share. */
import type { SqlResult } from '../../src/databricks/sql.ts';
import type { Settings } from '../../src/settings.ts';
import type { Closing } from '../closing.ts';
import type { Installed } from '../install/install.ts';
import type { Story } from './story.ts';

/** Runs a SQL statement on the workspace's warehouse. */
export type RunStatement = (statement: string) => Promise<SqlResult>;

export interface DayOptions {
  readonly settings: Settings;
  readonly state: string;
  /** Generated posts, or a folder of files whose lines are sent unchanged. */
  readonly posts:
    | { readonly seed: number; readonly count: number; readonly resend: number }
    | { readonly from: string };
  /** Number of posts for the streaming pipeline; 0 runs only the batch pipeline. */
  readonly streamPosts: number;
  /** Whether the streaming pipeline's posts go through the API in front of Kinesis. */
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
  /** Called when the day ends. */
  readonly closing: Closing;
}

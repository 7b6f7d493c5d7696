/** The steps of a deployment: the changes to display, and the function that makes them. */
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import type { Deployed } from './record.ts';

type Kind = 'schema' | 'volume' | 'notebook' | 'file' | 'job' | 'dashboard';

export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  /** The full name of a schema or volume, a path relative to the bundle's root, or the name of a job or dashboard. */
  readonly name: string;
  /** The fields that change, such as `schedule.pause_status: PAUSED → UNPAUSED`. */
  readonly details: readonly string[];
  /** Describes the data that the step deletes, if any. */
  readonly loses?: string;
}

export interface Step {
  readonly changes: readonly Change[];
  /** Adds to the record what must be recorded before the step begins. */
  readonly intend?: (deployed: Deployed) => void;
  /** Makes the changes and records their result. Idempotent. */
  readonly apply: (deployed: Deployed) => Promise<void>;
}

export interface Planning {
  readonly workspace: Workspace;
  readonly bundle: Bundle;
  readonly deployed: Deployed;
}

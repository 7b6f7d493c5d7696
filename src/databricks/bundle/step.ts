/** What a deployment does: changes that a person reads, and how they are made. */
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import type { Deployed } from './record.ts';

type Kind = 'schema' | 'volume' | 'notebook' | 'file' | 'job' | 'dashboard';

export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  /** A full name, a path from the bundle's root, or a job's name. */
  readonly name: string;
  /** The fields that change, such as `schedule.pause_status: PAUSED → UNPAUSED`. */
  readonly details: readonly string[];
  /** What data goes with it, where some does. */
  readonly loses?: string;
}

export interface Step {
  readonly changes: readonly Change[];
  /** Writes into the record what must stand there before the step begins. */
  readonly intend?: (deployed: Deployed) => void;
  /** Makes the changes, and writes into the record what came of it. May be done twice. */
  readonly apply: (deployed: Deployed) => Promise<void>;
}

export interface Planning {
  readonly workspace: Workspace;
  readonly bundle: Bundle;
  readonly deployed: Deployed;
}

/** The part of Spark's kernel that the workspace needs. */
import type { Kernel } from '../spark/kernel.ts';

export type Engine = Pick<Kernel, 'run' | 'sql' | 'setSecrets'>;

/** What the workspace needs of Spark; the kernel is one. */
import type { Kernel } from '../spark/kernel.ts';

export type Engine = Pick<Kernel, 'run' | 'sql' | 'setSecrets'>;

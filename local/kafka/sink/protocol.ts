/** What the sink's process and the one that started it say to each other. */
import type { Landed } from './task.ts';

/** Land everything that the topics hold now, and answer with the same number. */
export interface ToSink {
  readonly drain: number;
}

export interface FromSink {
  readonly ready?: true;
  readonly landed?: readonly Landed[];
  readonly drained?: number;
}

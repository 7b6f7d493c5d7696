/** The messages between the sink's process and the process that started it. */
import type { Landed } from './task.ts';

/** Requests the sink to land all current records of the topics and to reply with the same number. */
export interface ToSink {
  readonly drain: number;
}

export interface FromSink {
  readonly ready?: true;
  readonly landed?: readonly Landed[];
  readonly drained?: number;
}

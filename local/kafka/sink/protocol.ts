/** The messages between the sink's process and the process that started it. */

/** JSON on the sink's standard input. */
export interface SinkOptions {
  /** Confluent's options; `connectorProperties` returns the options for this pipeline. */
  readonly properties: Readonly<Record<string, string>>;
  readonly brokers: readonly string[];
}

/** Requests the sink to land all current records of the topics and to reply with the same number. */
export interface ToSink {
  readonly drain: number;
}

export interface FromSink {
  readonly ready?: true;
  /** The request's number. */
  readonly drained?: number;
  /** With `drained`: the number of records that the sink's process has landed. */
  readonly landed?: number;
}

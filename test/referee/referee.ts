/**
 * The referee: calculates the expected clean tables, rejected rows, counts and answers. It shares no code with the
 * pipeline and uses another engine (DuckDB), so that the results differ if the pipeline has a mistake.
 */
import { type AnswerName, answer } from './answers.ts';
import { type Arrival, type Arrivals, type ByDataset, byDataset, type DatasetName } from './arrivals.ts';
import { clean, type Row } from './clean.ts';

interface Rejected {
  /** The record's text as it arrived. */
  readonly record: string;
  /** Whether the post has a clean row in which an invalid value is NULL. */
  readonly kept: boolean;
  /** Position at which this text first arrived. */
  readonly position: string;
}

/** `raw = clean + superseded + rejected + rejectedRepeats`; `kept` is not part of this sum. */
interface Counts {
  /** Records that arrived, counted by distinct positions. */
  readonly raw: number;
  readonly clean: number;
  /** Records with a usable key, replaced by a later arrival of the same post. */
  readonly superseded: number;
  /** Distinct record texts that have no clean row. */
  readonly rejected: number;
  /** Further arrivals of the rejected texts. */
  readonly rejectedRepeats: number;
  /** Distinct record texts that have a clean row in which NULL replaces at least one invalid value. */
  readonly kept: number;
}

export interface Verdict {
  /** One row per `ind`, with the clean table's columns and `_position`. Omits `_arrived`, because only the transport sets it. */
  readonly clean: ByDataset<Row[]>;
  readonly rejected: ByDataset<Rejected[]>;
  readonly counts: ByDataset<Counts>;
  readonly answers: Record<AnswerName, Row[]>;
}

/** Calculates the verdict. Arrivals can be in any order. Arrivals with the same position count as one arrival. */
export async function referee(arrivals: Arrivals): Promise<Verdict> {
  const tables = byDataset((dataset) => sift(dataset, arrivals[dataset]));
  const cleanRows = byDataset((dataset) => tables[dataset].clean);
  return {
    clean: cleanRows,
    rejected: byDataset((dataset) => tables[dataset].rejected),
    counts: byDataset((dataset) => tables[dataset].counts),
    answers: await answer(cleanRows),
  };
}

function sift(dataset: DatasetName, arrivals: readonly Arrival[]) {
  const rows = new Map<number, Row>();
  const rejected = new Map<string, Rejected>();
  let usable = 0;
  let unusable = 0;
  for (const { record, position } of inOrder(arrivals)) {
    const cleaned = clean(dataset, record);
    if (cleaned) {
      usable++;
      rows.set(cleaned.row.ind, { ...cleaned.row, _position: position });
    } else {
      unusable++;
    }
    if ((!cleaned || cleaned.invalid) && !rejected.has(record)) {
      rejected.set(record, { record, kept: cleaned !== undefined, position });
    }
  }
  const lost = [...rejected.values()].filter(({ kept }) => !kept).length;
  const counts: Counts = {
    raw: usable + unusable,
    clean: rows.size,
    superseded: usable - rows.size,
    rejected: lost,
    rejectedRepeats: unusable - lost,
    kept: rejected.size - lost,
  };
  return { clean: [...rows.values()], rejected: [...rejected.values()], counts };
}

/** Returns the records from the earliest to the latest position, each position once; empty records are omitted. */
function inOrder(arrivals: readonly Arrival[]): { record: string; position: string }[] {
  const byPosition = new Map<string, string>();
  for (const { record, position } of arrivals) {
    const text = decoded(record);
    const before = byPosition.get(position);
    if (before !== undefined && before !== text) {
      throw new Error(`Two different records arrived at position ${position}: ${before} and ${text}`);
    }
    if (text !== '') byPosition.set(position, text);
  }
  return [...byPosition]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([position, record]) => ({ position, record }));
}

function decoded(record: Uint8Array | string): string {
  // A byte order mark is part of the text as it arrived.
  return typeof record === 'string' ? record : new TextDecoder('utf-8', { ignoreBOM: true }).decode(record);
}

/** Replaces the names of the project, its datasets and its answers in a handwritten file. */
import { capital } from '../../src/format.ts';
import { POST_DATASETS, PROJECT, TITLE } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';

export interface Names {
  readonly name: string;
  /** Names of the datasets. */
  readonly datasets: readonly string[];
  /** Names of the answers. In a guide, the first name replaces the names of all answers of this project. */
  readonly answers: readonly string[];
}

/** A part of a guide that is true only of this project, and is removed. */
const OWN = /<!-- own -->.*?<!-- \/own -->\n?/gs;

/** A dataset's name after a separator, as in names of topics, streams and tables: `<id>.orders`. */
const DATASET = new RegExp(`(?<=[._-])(${POST_DATASETS.join('|')})(?![a-z0-9_])`, 'g');
const PLACE = '\0';
const ANSWER = new RegExp(`\\b(${queries.map(({ name }) => name).join('|') || '(?!)'})\\b`, 'g');

/** Returns the text with the names of another project, without the parts that are marked as true only of this project. */
export function renameFacts(text: string, { name, datasets, answers }: Names): string {
  const renamed = text
    .replaceAll(OWN, '')
    .replaceAll(new RegExp(`(?<![a-z0-9])${PROJECT}(?![a-z0-9])`, 'g'), name)
    .replaceAll(new RegExp(`\\b${TITLE}\\b`, 'g'), capital(name))
    .replaceAll(ANSWER, answers[0] ?? '<answer>');
  return withDatasets(renamed.split('\n'), datasets).join('\n');
}

/**
 * Replaces consecutive lines that differ only in the dataset's name by one line for each dataset of the other project. In all
 * other lines, a dataset's name becomes the name of the other project's first dataset.
 */
function withDatasets(lines: readonly string[], datasets: readonly string[]): string[] {
  const runs: { pattern: string; lines: Set<string> }[] = [];
  for (const line of lines) {
    const pattern = line.replaceAll(DATASET, PLACE);
    const last = runs.at(-1);
    if (last?.pattern === pattern && pattern !== line) last.lines.add(line);
    else runs.push({ pattern, lines: new Set([line]) });
  }
  return runs.flatMap(({ pattern, lines }) =>
    (lines.size > 1 ? datasets : datasets.slice(0, 1)).map((name) => pattern.replaceAll(PLACE, name)),
  );
}

/** The text of a file that is written by hand, with another project's name, datasets and answers. */
import { capital } from '../../src/databricks/report/format.ts';
import { POST_DATASETS, PROJECT, TITLE } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';

export interface Names {
  readonly name: string;
  /** Names of the datasets. */
  readonly datasets: readonly string[];
  /** Names of the answers; a guide that shows one of this project shows the first. */
  readonly answers: readonly string[];
}

/** What is true of this project alone, in a guide: it is left out. */
const OWN = /<!-- own -->.*?<!-- \/own -->\n?/gs;

/** Behind what stands before it in names of topics, streams and tables: `<id>.orders`. */
const DATASET = new RegExp(`(?<=[._-])(${POST_DATASETS.join('|')})(?![a-z0-9_])`, 'g');
const PLACE = '\0';
const ANSWER = new RegExp(`\\b(${queries.map(({ name }) => name).join('|') || '(?!)'})\\b`, 'g');

/** Returns the text with the names of another project, and without what is marked as true of this one alone. */
export function renameFacts(text: string, { name, datasets, answers }: Names): string {
  const renamed = text
    .replaceAll(OWN, '')
    .replaceAll(new RegExp(`(?<![a-z0-9])${PROJECT}(?![a-z0-9])`, 'g'), name)
    .replaceAll(new RegExp(`\\b${TITLE}\\b`, 'g'), capital(name))
    .replaceAll(ANSWER, answers[0] ?? '<answer>');
  return withDatasets(renamed.split('\n'), datasets).join('\n');
}

/** Lines that follow each other and differ in nothing but the dataset become one for each of the other project's datasets. */
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

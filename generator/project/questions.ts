/** The first questions of a dataset: rows per day, the latest arrival, its most frequent values, its numbers. */
import { stringify } from 'yaml';
import { type Dataset, keyColumns } from '../../src/datasets/dataset.ts';
import { identifier, literal } from '../../src/datasets/sql.ts';
import { cleanTable } from '../../src/names.ts';
import { isAnswerName } from '../check-queries.ts';
import { columnsOf, isNumber, isTime, type Named } from '../question/columns.ts';
import { type Group, type Plan, timeOf } from '../question/plan.ts';
import { questionRows } from '../question/rows.ts';
import { questionSource } from '../question/sql.ts';
import { hints, wordsOf } from '../sample/words.ts';

export interface FirstQuestion {
  /** The name of the answer's table. */
  readonly name: string;
  readonly question: string;
  /** The text of its .sql file. */
  readonly source: string;
  /** The text of its test rows. */
  readonly rows: string;
}

/** Maximum number of questions about columns with few values. The user can add more. */
const MAX_TOPS = 5;

/** Maximum number of columns in the summary of numbers. */
const MAX_NUMBERS = 12;

/** Returns the questions; `few` names the columns with few distinct values. */
export function firstQuestions(dataset: Dataset, few: readonly string[]): FirstQuestion[] {
  const columns = columnsOf(dataset);
  const arrived: Named = { dataset, name: '_arrived', type: 'TIMESTAMP' };
  const plan = (groups: readonly Group[], measure: Plan['measure'] = { does: 'count' }): Plan => ({
    datasets: [dataset],
    using: [],
    measure,
    groups,
  });
  const question = (name: string, text: string, plan: Plan): FirstQuestion => ({
    name: answerNamed(name),
    question: text,
    source: questionSource(text, plan),
    rows: questionRows(plan),
  });
  const time = columns.some(isTime) ? timeOf([dataset]) : arrived;
  const tops = columns.filter(({ name }) => few.includes(name)).slice(0, MAX_TOPS);
  const numbers = numbersOf(dataset, columns);
  const all = [
    question(
      `${dataset.name}_by_day`,
      `How many ${dataset.plural} per day?`,
      plan([{ column: time, unit: 'day' }]),
    ),
    question(
      `latest_arrival_of_${dataset.name}`,
      `When did the latest of the ${dataset.plural} arrive?`,
      plan([], { does: 'max', of: arrived }),
    ),
    ...tops.map((column) =>
      question(
        `${dataset.name}_by_${column.name.toLowerCase()}`,
        `How many ${dataset.plural} per ${wordsOf(column.name).join(' ')}?`,
        plan([{ column }]),
      ),
    ),
    ...(numbers.length > 0 ? [summary(dataset, numbers)] : []),
  ];
  // A question about a column named day has the same name as the first question and is omitted.
  return all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at);
}

const answerNamed = (name: string): string => (isAnswerName(name) ? name : `answer_${name}`).slice(0, 100);

/** Returns the columns of numbers that can be summed or compared: all except keys and ids. */
const numbersOf = (dataset: Dataset, columns: readonly Named[]): Named[] =>
  columns
    .filter((column) => isNumber(column) && !keyColumns(dataset).includes(column.name))
    .filter(({ name }) => !hints.id(name))
    .slice(0, MAX_NUMBERS);

/** Returns a question whose answer has a row for each column of numbers. Its query reads the clean table once. */
function summary(dataset: Dataset, numbers: readonly Named[]): FirstQuestion {
  const table = cleanTable(dataset.name);
  const pairs = numbers.map(({ name }) => `    ${literal(name)}, CAST(${identifier(name)} AS DOUBLE)`);
  const question = `What are the lowest, average, median and highest values of the numbers of the ${dataset.plural}?`;
  const source = `-- ${question}
-- One row per column of numbers; missing values are ignored.
-- chart: dots value=median by=number
SELECT number, min(value) AS lowest, avg(value) AS average, median(value) AS median, max(value) AS highest
FROM (
  SELECT stack(${numbers.length},
${pairs.join(',\n')}
  ) AS (number, value)
  FROM ${table}
)
WHERE value IS NOT NULL
GROUP BY number
`;
  const cells = [10, 20, 30, 5, null];
  const rows = cells.map((cell) => Object.fromEntries(numbers.map(({ name }) => [name, cell])));
  const expect = numbers.map(({ name }) => ({
    number: name,
    lowest: 5,
    average: 16.25,
    median: 15,
    highest: 30,
  }));
  const says = 'each column of numbers separately; missing values are ignored';
  return {
    name: answerNamed(`numbers_of_${dataset.name}`),
    question,
    source,
    rows: stringify([{ says, [table]: rows, expect }], { lineWidth: 110 }),
  };
}

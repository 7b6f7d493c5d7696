/** The pipeline's health at the top of the page: whether every record is accounted for, and how old the data is. */

import { counted, number, percent, span, time } from '../../format.ts';
import { cleanTable } from '../../names.ts';
import type { DatasetHealth, LastDay, ReportData, Run } from './data.ts';

export function healthOf({ datasets, runs, made }: ReportData) {
  return {
    verdict: verdict(datasets),
    datasets: datasets.map((health) => shown(health, made)),
    reasons: datasets.flatMap(({ dataset, state }) =>
      (state?.reasons ?? []).map(({ reason, kept, records }) => ({
        dataset: dataset.name,
        reason,
        kept: kept ? 'without the value' : 'no',
        records: number(records),
      })),
    ),
    lastDays: datasets.flatMap(({ dataset, state }) => (state ? lastDay(dataset.name, state.lastDay) : [])),
    runs: runs?.map(run) ?? [],
    noRuns: runs
      ? 'No job of this pipeline has run in this workspace.'
      : 'The runs of the jobs could not be read.',
  };
}

/** Returns a sentence that says that every record is accounted for, or what is wrong. */
function verdict(datasets: readonly DatasetHealth[]): { class: string; text: string } {
  const states = datasets.flatMap(({ state }) => state ?? []);
  const missing = datasets.filter(({ state }) => !state).map(({ dataset }) => dataset.name);
  const sum = (of: 'raw' | 'lost' | 'rejected'): number =>
    states.reduce((total, { account }) => total + account[of], 0);
  if (states.length === 0) return { class: 'bad', text: 'There are no tables yet: run the batch job.' };
  if (sum('lost') > 0)
    return {
      class: 'bad',
      text: `${number(sum('lost'))} of ${counted(sum('raw'), 'record')} ${sum('lost') === 1 ? 'is' : 'are'} neither clean nor rejected yet: run the job again. If that does not help, check its errors, then run the rebuild job.`,
    };
  if (missing.length > 0)
    return { class: 'bad', text: `There are no tables for ${missing.join(', ')} yet: run the batch job.` };
  const refused = sum('rejected');
  return {
    class: 'good',
    text: `${counted(sum('raw'), 'record')} arrived and every one is accounted for${refused ? `; ${number(refused)} could not be used` : ''}.`,
  };
}

function shown({ dataset, state }: DatasetHealth, now: Date) {
  const [title = '', about = ''] = dataset.title.split(': ');
  if (!state) return { title, about, state: undefined };
  const { raw, clean, superseded, rejected, rejected_again, kept_in_part, lost } = state.account;
  return {
    title,
    about,
    state: {
      clean: number(clean),
      table: cleanTable(dataset.name),
      latest: state.latest ? time(state.latest) : 'never',
      ago: state.latest ? `${span((now.getTime() - state.latest.getTime()) / 1000)} before this report` : '',
      counts: [
        { name: 'Arrived (raw)', value: number(raw) },
        { name: 'Clean, one row for each key', value: number(clean) },
        { name: 'Earlier versions and repeats', value: number(superseded) },
        { name: 'Rejected', value: number(rejected) },
        { name: 'Rejected again', value: number(rejected_again) },
        ...(lost > 0 ? [{ name: 'Neither clean nor rejected', value: number(lost) }] : []),
        { name: 'Kept, invalid values removed', value: number(kept_in_part) },
      ],
    },
  };
}

const lastDay = (dataset: string, { arrived, rejected, share, rejection, silence }: LastDay) => ({
  dataset,
  arrived: number(arrived),
  rejected: number(rejected),
  share: share === null ? '–' : percent(share),
  judgements: [rejection, silence].map((judgement) => {
    const good = judgement === 'good';
    return { text: judgement, mark: good ? MARKS.success : MARKS.failed, class: good ? 'good' : 'bad' };
  }),
});

const MARKS: Record<string, string> = { success: '✓', failed: '✕', running: '…' };

const run = ({ job, started, seconds, result, url }: Run) => ({
  job,
  started: time(started),
  startedIso: started.toISOString(),
  took: seconds === undefined ? '' : span(seconds),
  result,
  mark: MARKS[result] ?? '•',
  class: result === 'success' ? 'good' : result === 'running' ? '' : 'bad',
  url: url ?? '',
});

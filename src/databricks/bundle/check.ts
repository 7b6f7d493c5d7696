/** Finds mistakes that `bundle validate --strict` misses. A workspace reports them only when the job runs, or never. */
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { FileError } from '../../files/errors.ts';
import { readText } from '../../files/read.ts';
import { BUCKET, type NameRule, PIPELINE_ID, UNITY_CATALOG } from '../../names.ts';
import { checkGraph, type GraphTask } from '../graph.ts';
import { notebookHeader } from '../notebook.ts';
import { quartzCron } from '../quartz/quartz.ts';
import { type Bundle, fullName, type Job } from './model.ts';
import { at, isTree, type Tree } from './tree.ts';

/** Returns one sentence for each mistake, with its location in the bundle. */
export function problemsOf(bundle: Bundle): string[] {
  const ofJobs = Object.entries(bundle.jobs).flatMap(([key, job]) =>
    problemsOfJob(bundle, `resources.jobs.${key}`, job),
  );
  return [...ofJobs, ...problemsOfNames(bundle)];
}

function problemsOfJob(bundle: Bundle, place: string, job: Job): string[] {
  const tasks = job.tasks ?? [];
  const problems = [
    problem(() => checkGraph(tasks as unknown as GraphTask[])),
    problem(() => {
      if (isTree(job.schedule))
        quartzCron(String(job.schedule.quartz_cron_expression), String(job.schedule.timezone_id));
    }),
    job.schedule && job.continuous && "A job can't be continuous and have a schedule.",
    job.continuous &&
      tasks.some((task) => at(task, 'depends_on[0]')) &&
      "Tasks of a continuous job can't depend on each other.",
    ...namesOfParameters(job),
    ...tasks.flatMap((task) => missingKeys(job, task)),
    ...tasks.map((task) => notebookProblem(bundle, task)),
  ];
  return problems.filter((one) => typeof one === 'string').map((one) => `${place}: ${one}`);
}

/** Job parameters whose values are names, from databricks.yml, --var or BUNDLE_VAR_…. */
const NAME_PARAMETERS: Readonly<Record<string, NameRule>> = {
  pipeline_id: PIPELINE_ID,
  bucket: BUCKET,
  catalog: UNITY_CATALOG,
  schema: UNITY_CATALOG,
};

function namesOfParameters({ parameters }: Job): string[] {
  return (Array.isArray(parameters) ? parameters : []).flatMap((one) => {
    const name = String(at(one, 'name'));
    const rule = Object.hasOwn(NAME_PARAMETERS, name) ? NAME_PARAMETERS[name] : undefined;
    return rule ? nameProblem(`The parameter ${name}`, at(one, 'default'), rule) : [];
  });
}

const nameProblem = (what: string, name: unknown, { pattern, expected }: NameRule): string[] =>
  pattern.test(String(name)) ? [] : [`${what} must be ${expected}; got "${name}".`];

const DEFINED_BY = [
  ['job_cluster_key', 'job_clusters'],
  ['environment_key', 'environments'],
] as const;

function missingKeys(job: Job, task: Tree): string[] {
  return DEFINED_BY.flatMap(([key, list]) => {
    const wanted = task[key];
    const defined = Array.isArray(job[list]) ? job[list].map((one) => at(one, key)) : [];
    if (wanted === undefined || defined.includes(wanted)) return [];
    return `Task ${task.task_key} uses ${key} ${wanted}, which is missing in ${list}.`;
  });
}

function notebookProblem(bundle: Bundle, task: Tree): string | undefined {
  const name = at(task, 'notebook_task.notebook_path');
  if (typeof name !== 'string' || name.startsWith('/')) return undefined;
  const says = (what: string) => `Task ${task.task_key} runs ${name}, ${what}.`;
  const header = notebookHeader(name);
  if (header === undefined) return says('which must end in .py or .sql');
  let first: string | undefined;
  try {
    first = readText(path.join(bundle.root, name)).split('\n', 1)[0]?.trimEnd();
  } catch (error) {
    if (error instanceof FileError)
      return error.reason === 'ENOENT'
        ? says('which does not exist')
        : `Task ${task.task_key}: ${error.message}`;
    throw error;
  }
  if (first !== header) return says(`which is not a notebook: its first line must be "${header}"`);
  return bundle.files.includes(name) ? undefined : says('which sync.paths does not include');
}

/** https://docs.databricks.com/api/workspace/jobs/create */
const JOB_NAME: NameRule = { pattern: /^(?=.*\S).{1,4096}$/s, expected: 'text of 1 to 4096 characters' };

/**
 * Returns the problems of names, including names that two resources have: users can't distinguish two jobs with the
 * same name, and Databricks can't distinguish two such schemas or volumes.
 */
function problemsOfNames({ jobs, schemas, volumes }: Bundle): string[] {
  const full = [
    ...Object.values(jobs).map(({ name }) => `job ${name}`),
    ...Object.values(schemas).map((one) => `schema ${fullName(one)}`),
    ...Object.values(volumes).map((one) => `volume ${fullName(one)}`),
  ];
  const repeated = [...new Set(full.filter((name, index) => full.indexOf(name) !== index))];
  return [
    ...Object.entries(jobs).flatMap(([key, { name }]) =>
      nameProblem(`resources.jobs.${key}: The name`, name, JOB_NAME),
    ),
    ...Object.entries({ schemas, volumes }).flatMap(([list, all]) =>
      Object.entries(all).flatMap(([key, one]) =>
        UNITY_NAMES.filter((field) => field in one).flatMap((field) =>
          nameProblem(`resources.${list}.${key}: ${field}`, at(one, field), UNITY_CATALOG),
        ),
      ),
    ),
    ...repeated.map((name) => `Two resources define the ${name}.`),
  ];
}

const UNITY_NAMES = ['name', 'catalog_name', 'schema_name'];

function problem(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

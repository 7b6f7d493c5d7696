/** The job that runs the notebooks on a target's own engine, and compares their tables with the rows that the tests expect. */
import { CHECKPOINTS, type Jobs, job, parameters, SCHEMA, type Task, task, variables } from './job.ts';
import { cluster, on } from './stream.ts';

/** Disables the automatic retries of serverless compute, which would hide a check that fails only sometimes. */
const ONCE = { disable_auto_optimization: true };

export const verify = (): Jobs =>
  job(
    'verify',
    'Runs the notebooks on records with known rows, in a separate schema that is dropped at the end, and fails if a row differs.',
    {
      parameters: parameters({
        ...variables('catalog'),
        schema: SCHEMA,
        checkpoints: CHECKPOINTS,
        ...variables('file_reader', 'deletion_vectors'),
        keep: 'false',
      }),
      tasks: checks(),
    },
  );

/** Returns the same checks on the stream's cluster, whose engine differs from serverless compute. Targets with clusters add these tasks. */
export const verifyOnCluster = () => ({
  verify: { job_clusters: [cluster('stream')], tasks: on('stream', checks('_on_cluster')) },
});

/**
 * Returns two tasks: the checks, and the verdict. The verdict drops the checks' schema and folder, even if a check
 * failed.
 */
function checks(where = ''): Task[] {
  const parameters = { scratch: `verify${where}` };
  return [
    { ...task(`checks${where}`, { path: '7_verify/checks.py', parameters }), ...ONCE },
    {
      ...task(`verdict${where}`, { path: '7_verify/verdict.py', parameters }, [`checks${where}`]),
      ...ONCE,
      run_if: 'ALL_DONE',
    },
  ];
}

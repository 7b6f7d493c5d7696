/** The job that holds the notebooks, on a target's own engine, against the rows that the tests expect. */
import { CHECKPOINTS, type Jobs, job, parameters, SCHEMA, type Task, task, variables } from './job.ts';
import { cluster, on } from './stream.ts';

export const verify = (): Jobs =>
  job(
    'verify',
    'Runs the notebooks on records whose rows are known, in a schema of its own that is dropped at the end, and fails where one differs.',
    {
      parameters: parameters({
        ...variables('catalog'),
        schema: SCHEMA,
        checkpoints: CHECKPOINTS,
        ...variables('file_reader'),
        keep: 'false',
      }),
      tasks: checks(),
    },
  );

/** The same on the engine of the stream, which is not that of serverless compute: tasks that targets with clusters add. */
export const verifyOnCluster = () => ({
  verify: { job_clusters: [cluster('stream')], tasks: on('stream', checks('_on_cluster')) },
});

/** The checks, and the verdict on them: it drops what they made, also after they failed. */
function checks(where = ''): Task[] {
  const parameters = { scratch: `verify${where}` };
  return [
    task(`checks${where}`, { path: '7_verify/checks.py', parameters }),
    {
      ...task(`verdict${where}`, { path: '7_verify/verdict.py', parameters }, [`checks${where}`]),
      run_if: 'ALL_DONE',
    },
  ];
}

/** The job that holds the notebooks, on a target's own engine, against the rows that the tests expect. */
import { CHECKPOINTS, type Jobs, job, parameters, SCHEMA, task, variables } from './job.ts';

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
      tasks: [
        task('checks', { path: '7_verify/checks.py' }),
        { ...task('verdict', { path: '7_verify/verdict.py' }, ['checks']), run_if: 'ALL_DONE' },
      ],
    },
  );

/** The error of an invalid bundle. It lists all mistakes. */
import { AppError } from '../../errors.ts';

/** The message is one sentence for a single problem, otherwise a list. */
export class BundleError extends AppError {
  /** One sentence for each problem, with its location in the bundle. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      'BUNDLE',
      problems.length === 1
        ? String(problems[0])
        : `the bundle has ${problems.length} mistakes:\n  ${problems.join('\n  ')}`,
    );
    this.problems = problems;
  }
}

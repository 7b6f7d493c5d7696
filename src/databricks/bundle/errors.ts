/** What is wrong with a bundle, all of it at once. */
import { AppError } from '../../errors.ts';

/** One sentence where there is one problem, a list of them otherwise. */
export class BundleError extends AppError {
  /** One sentence for each problem, with the place in the bundle. */
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

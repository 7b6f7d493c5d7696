import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests set the variables that they need. Those of the user's own shell, such as AWS_PROFILE, would change their results.
const OWN = /^(AWS|BUNDLE_VAR|DATABRICKS|GATEWAY|KAFKA|KINESIS|MYSQL|PIPELINE|REST)_/;
const KEPT = ['PIPELINE_CACHE', 'PIPELINE_PYTHON'];
for (const name of Object.keys(process.env))
  if (OWN.test(name) && !KEPT.includes(name)) delete process.env[name];

// Factor for the timeouts of tests: with `npm run test:faults`, each test injects many more faults.
const PATIENCE = process.env.FAULTS === 'full' ? 10 : 1;

/** Number of test files that run at once. On two cores, three are not faster, and tests come closer to their timeouts. */
const AT_ONCE = 2;

/** Test files that take minutes. They start first, so that none of them runs alone at the end. */
const LONG = [
  'demo',
  'stream-crash',
  'batch',
  'connect',
  'local-workspace',
  'stream',
  'crash',
  'your-own',
  'kernel',
  'infra-check',
  'airflow',
  'python',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ({ moduleId }: TestSpecification) => {
      const nth = LONG.indexOf(path.basename(moduleId, '.test.ts'));
      return nth === -1 ? LONG.length : nth;
    };
    return (await super.sort(files)).sort((a, b) => order(a) - order(b));
  }
}

// A test's timeout in seconds allows for a machine that is four times slower than an idle one.
// Three tiers: unit (seconds), spark (notebooks on real Spark), system (servers, faults, acceptance).
const tier = (name: string, seconds: number, globalSetup: string[] = []) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup,
    testTimeout: seconds * 1000 * PATIENCE,
    hookTimeout: seconds * 1000,
    maxWorkers: AT_ONCE,
  },
});

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [tier('unit', 60), tier('spark', 900, ['test/fixtures/spark-server.ts']), tier('system', 900)],
  },
});

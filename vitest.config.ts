import { defineConfig } from 'vitest/config';

// Under `npm run test:faults` a test breaks things many times over.
const PATIENCE = process.env.FAULTS === 'full' ? 10 : 1;

/** A shared machine in CI stands still for seconds at times: what failed there once is tried once more, and said to have been. */
const RETRIES = process.env.CI === 'true' ? 1 : 0;

/** Files that run at once: each has a JVM of its own, which waits for disks and clocks a third of its time. */
const AT_ONCE = 2;

// A test's limit in seconds tells a hang from a slow machine, four times slower than an idle one.
// Three tiers: unit (seconds), spark (notebooks on real Spark), system (servers, faults, acceptance).
const tier = (name: string, include: string[], seconds: number) => ({
  test: {
    name,
    include,
    testTimeout: seconds * 1000 * PATIENCE,
    hookTimeout: seconds * 1000,
    maxWorkers: AT_ONCE,
    retry: RETRIES,
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('unit', ['test/unit/**/*.test.ts'], 60),
      tier('spark', ['test/spark/**/*.test.ts'], 900),
      tier('system', ['test/system/**/*.test.ts'], 900),
    ],
  },
});

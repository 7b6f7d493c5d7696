/**
 * Deployments end in the state of an undisturbed deployment, even if they are killed, lose their connection, get errors
 * or run at the same time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { deploy } from '../../src/databricks/bundle/deploy.ts';
import { destroy } from '../../src/databricks/bundle/destroy.ts';
import { makeFolder, write } from '../../src/databricks/bundle/folder.ts';
import { takeLock } from '../../src/databricks/bundle/lock.ts';
import { connect, type Workspace } from '../../src/databricks/client.ts';
import { BundleFolder, notebook, SHOP } from '../fixtures/bundle-folder.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { Gate } from '../fixtures/gate.ts';
import { type Answer, TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

/** Times in milliseconds. They are shorter than the real times, with which a test would take half a minute. */
const lockTimes = { renewMs: 50, staleMs: 400, lookMs: 20 };
const agrees = async () => true;

/** A workspace, a bundle, and a proxy (`Gate`) through which the bundle is deployed to the workspace. */
class Place {
  readonly folder = new BundleFolder().write(SHOP);
  private constructor(
    readonly under: WorkspaceUnderTest,
    readonly gate: Gate,
    readonly workspace: Workspace,
    readonly user: string,
  ) {}

  static async open(): Promise<Place> {
    const under = await WorkspaceUnderTest.open();
    const gate = await Gate.open(under.client.host);
    const { userName } = await under.client.get('/api/2.0/preview/scim/v2/Me');
    const place = new Place(under, gate, connect({ host: gate.url, token: TOKEN }), userName);
    places.push(place);
    return place;
  }

  load = () => this.folder.load('local', {}, { userName: this.user, host: this.gate.url });

  async deploy(times = lockTimes): Promise<number> {
    const { user } = this;
    return (await deploy(this.workspace, await this.load(), { user, lockTimes: times, agrees })).length;
  }

  /** Deploys in a process that is killed at its request number `k`. Resolves with false if the process ended before that request. */
  async deployKilledAt(k: number): Promise<boolean> {
    const script = path.resolve(import.meta.dirname, '../fixtures/deployer.ts');
    const args = ['--import', 'tsx', script, this.folder.root, this.gate.url, this.user];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.gate.forget();
    this.gate.fate = (n) => {
      if (n === k) child.kill('SIGKILL');
      return 'pass';
    };
    const [, signal] = await once(child, 'exit');
    this.gate.fate = () => 'pass';
    return signal === 'SIGKILL';
  }

  async close(): Promise<void> {
    this.folder.close();
    await this.gate.stop();
    await this.under.close();
  }
}

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

/** Changes one notebook, one job and the schema of a deployed bundle, and deletes another notebook and another job. */
function change({ folder }: Place): void {
  const shop = structuredClone(SHOP['jobs/shop.yml']) as Answer;
  delete shop.resources.jobs.again;
  shop.resources.jobs.daily.tasks.pop();
  shop.resources.jobs.daily.schedule.quartz_cron_expression = '0 0 7 * * ?';
  shop.resources.schemas.sales.comment = 'Other';
  shop.resources.schemas.sales.grants = [{ principal: 'readers', privileges: ['USE_SCHEMA'] }];
  folder.write({ 'jobs/shop.yml': shop, 'notebooks/read.py': notebook('# exit', '# edited') });
  folder.delete('notebooks/count.py');
}

const nothing = (): void => {};

describe.each([
  ['first', false],
  ['second, with changes', true],
])('the %s deployment, killed at any request and repeated', (_, changed) => {
  test('ends in the state of an undisturbed deployment, and destroy removes everything', async () => {
    const wanted = await Place.open();
    const fresh = await wanted.under.everything();
    if (changed) await wanted.deploy();
    (changed ? change : nothing)(wanted);
    wanted.gate.forget();
    // As in deployer.ts, the lock is never renewed, so that every deployment sends the same requests.
    await wanted.deploy({ ...lockTimes, renewMs: 60_000 });
    const end = await wanted.under.everything();
    const requests = wanted.gate.requests.length;
    const [first = 0] = wanted.gate.requests.flatMap((one, n) => (one.startsWith('GET') ? [] : [n + 1]));

    const times = timesUnderFaults(2, requests - first);
    for (let n = 0; n < times; n += 1) {
      const place = await Place.open();
      if (changed) await place.deploy();
      (changed ? change : nothing)(place);
      // The kills are distributed evenly over the requests from the first change on.
      const k = first + Math.round(((n + 0.5) * (requests - first)) / times);
      expect(await place.deployKilledAt(k), `request ${k}`).toBe(true);
      await place.deploy();
      expect(await place.under.everything(), `killed at request ${k}`).toEqual(end);
      expect(await place.deploy()).toBe(0);
      await destroy(place.workspace, await place.load(), { user: place.user, lockTimes });
      expect(await place.under.everything(), `killed at request ${k}`).toEqual(fresh);
    }
  });
});

describe('a deployment with a busy workspace or an unreliable network', () => {
  const end = async (prepare: (place: Place) => void): Promise<Answer> => {
    const place = await Place.open();
    prepare(place);
    await place.deploy();
    place.gate.fate = () => 'pass';
    expect(await place.deploy()).toBe(0);
    return place.under.everything();
  };

  test('creates nothing twice if the response to each change is lost', async () => {
    const lost = new Set<string>();
    const once = (request: string) => !lost.has(request) && Boolean(lost.add(request));
    const troubled = await end((place) => {
      place.gate.fate = (_, request) =>
        !request.startsWith('GET') && once(request) ? 'drop-answer' : 'pass';
    });
    expect(lost.size).toBeGreaterThan(8);
    expect(troubled).toEqual(await end(nothing));
  });

  test('retries after 500, 503, 429 and cut connections', async () => {
    const fates = [500, 503, 'drop'] as const;
    let busy = true;
    const troubled = await end((place) => {
      place.gate.fate = (n, request) => {
        if (n % 4 === 0) return fates[n % 3] ?? 'drop';
        if (busy && request.startsWith('POST')) {
          busy = false;
          return 429;
        }
        return 'pass';
      };
    });
    expect(troubled).toEqual(await end(nothing));
  });

  test('reports within seconds that the workspace does not answer', async () => {
    const workspace = connect({ host: 'http://127.0.0.1:1', token: TOKEN });
    const call = workspace.call((client) => client.currentUser.me());
    await expect(call).rejects.toThrow(
      'http://127.0.0.1:1 does not respond (ECONNREFUSED): check that the workspace is running.',
    );
  }, 30_000);
});

describe('two deployments at the same time', () => {
  test('one deploys, the other waits or fails with DEPLOY_LOCKED, and nothing is created twice', async () => {
    const place = await Place.open();
    // Both deployments are alive. Neither may seem dead because the machine stalls.
    const times = { ...lockTimes, staleMs: 10_000 };
    const both = await Promise.allSettled([place.deploy(times), place.deploy(times)]);
    for (const one of both)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'DEPLOY_LOCKED', retriable: true });
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await place.deploy()).toBe(0);
    const alone = await Place.open();
    await alone.deploy();
    expect(await place.under.everything()).toEqual(await alone.under.everything());
  });

  test('waiting deployments remove the lock of a dead deployment, report this, and then hold the lock one at a time', async () => {
    const { workspace } = await Place.open();
    const dead = {
      ID: 'dead',
      AcquisitionTime: '2026-01-31T06:00:00Z',
      IsForced: false,
      User: 'joe',
      // A live process in another container may look like this, so the lock must become stale, too.
      Process: `999999999@${os.hostname()}`,
    };
    await makeFolder(workspace, '/Shared/state');
    await write(workspace, '/Shared/state/deploy.lock', JSON.stringify(dead));
    // Long enough that no live holder seems dead because the machine stalls.
    const times = { ...lockTimes, staleMs: 2000 };
    let inside = 0;
    let most = 0;
    const said: string[] = [];
    const work = async () => {
      const lock = await takeLock(workspace, '/Shared/state', 'jane', times, (line) => said.push(line));
      inside += 1;
      most = Math.max(most, inside);
      await sleep(200);
      lock.check();
      inside -= 1;
      await lock.release();
    };
    const all = await Promise.allSettled([1, 2, 3, 4, 5].map(work));
    expect(most).toBe(1);
    expect(all.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(said).toContain(
      'another deployment holds the lock (joe, since 2026-01-31T06:00:00Z): checking whether it is alive',
    );
    expect(said).toContain('the other deployment has not renewed its lock for 2 s: removing the lock');
  });

  test('even a deployment without changes removes the lock of a killed deployment', async () => {
    const place = await Place.open();
    await place.deploy();
    const before = await place.under.everything();
    const { state_path } = (await place.load()).workspace;
    const dead = {
      ID: 'dead',
      AcquisitionTime: 'then',
      IsForced: false,
      User: 'joe',
      Process: '1@elsewhere',
    };
    await write(place.workspace, `${state_path}/deploy.lock`, JSON.stringify(dead));
    await write(place.workspace, `${state_path}/deploy.lock.broken-older`, '');
    expect(await place.deploy()).toBe(0);
    expect(await place.under.everything()).toEqual(before);
  });

  test("the Databricks CLI's lock is respected and never removed", async () => {
    const { workspace } = await Place.open();
    const cli = { ID: 'x', AcquisitionTime: '2026-01-31T06:00:00Z', IsForced: false, User: 'joe' };
    await makeFolder(workspace, '/Shared/state');
    await write(workspace, '/Shared/state/deploy.lock', JSON.stringify(cli));
    await expect(takeLock(workspace, '/Shared/state', 'jane', lockTimes, nothing)).rejects.toThrow(
      /The Databricks CLI holds the lock \(joe, since .*delete \/Shared\/state\/deploy\.lock/,
    );
  });

  test.each(['null', '[]', '{"ID":1}', '{"ID":"cut o', ''])(
    'a lock file with the content %j is kept, and named in the error',
    async (content) => {
      const { workspace } = await Place.open();
      await makeFolder(workspace, '/Shared/state');
      await write(workspace, '/Shared/state/deploy.lock', content);
      await expect(takeLock(workspace, '/Shared/state', 'jane', lockTimes, nothing)).rejects.toThrow(
        /^The deployment lock has unknown content.*delete \/Shared\/state\/deploy\.lock/,
      );
    },
  );
});

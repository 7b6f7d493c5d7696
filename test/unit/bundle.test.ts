/** Reading of a bundle: includes, targets, variables, references, development mode, and mistakes found before a deployment. */
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { loadBundle } from '../../src/databricks/bundle/bundle.ts';
import { treeOf } from '../../src/databricks/bundle/yaml.ts';
import { BundleFolder, JANE, notebook, SHOP, task } from '../fixtures/bundle-folder.ts';

let folder: BundleFolder;
const opened: BundleFolder[] = [];
beforeEach(() => {
  folder = new BundleFolder().write(SHOP);
  opened.push(folder);
});
afterAll(() => {
  for (const one of opened) one.close();
});

const HOME = '/Workspace/Users/jane.doe@example.com/.bundle/shop';

describe('a target', () => {
  test('has its own variables, resolved references, and notebooks with their paths in the workspace', async () => {
    const { jobs, schemas, volumes, workspace, files } = await folder.load('free');
    expect(schemas.sales).toMatchObject({
      catalog_name: 'workspace',
      name: 'sales',
      comment: 'What was sold, in workspace',
    });
    expect(volumes.landing).toMatchObject({ schema_name: 'sales', volume_type: 'MANAGED' });
    expect(jobs.daily).toMatchObject({
      name: 'shop-daily',
      max_concurrent_runs: 1,
      queue: { enabled: true },
      schedule: { pause_status: 'UNPAUSED' },
      parameters: [
        { name: 'schema', default: 'sales' },
        { name: 'landing', default: '/Volumes/workspace/sales/landing' },
        { name: 'day', default: '{{job.start_time.iso_date}}' },
      ],
      deployment: { kind: 'BUNDLE', metadata_file_path: `${HOME}/free/state/metadata.json` },
    });
    expect(jobs.daily?.tasks?.[0]?.notebook_task).toEqual({
      notebook_path: `${HOME}/free/files/notebooks/read`,
    });
    expect(workspace.root_path).toBe(`${HOME}/free`);
    expect(files).toEqual(['notebooks/count.py', 'notebooks/read.py']);
  });

  test('in development mode has names that contain the user, and paused schedules', async () => {
    const { jobs, schemas, volumes, target } = await folder.load(undefined, { when: 'day' });
    expect(target).toBe('dev');
    expect(schemas.sales?.name).toBe('dev_jane_doe_sales');
    expect(volumes.landing?.schema_name).toBe('dev_jane_doe_sales');
    expect(jobs.again?.name).toBe('[dev jane_doe] shop-again');
    expect(jobs.daily?.parameters).toContainEqual({ name: 'schema', default: 'dev_jane_doe_sales' });
    // A job that declares pause_status UNPAUSED is not paused; a job without pause_status is paused.
    expect(jobs.daily?.schedule).toMatchObject({ pause_status: 'UNPAUSED' });
    const text = SHOP['jobs/shop.yml'];
    const { pause_status: _, ...schedule } = text.resources.jobs.daily.schedule;
    folder.write({
      'jobs/shop.yml': {
        resources: { ...text.resources, jobs: { daily: { ...text.resources.jobs.daily, schedule } } },
      },
    });
    expect((await folder.load('dev')).jobs.daily?.schedule).toMatchObject({ pause_status: 'PAUSED' });
  });

  test("uses the caller's value of a variable, otherwise the target's value, otherwise the default value", async () => {
    expect((await folder.load('local')).schemas.sales?.catalog_name).toBe('spark_catalog');
    expect((await folder.load('local', { catalog: 'other' })).schemas.sales?.catalog_name).toBe('other');
  });

  test('uses the environment, from which variables of other bundles are ignored; the command line has precedence', async () => {
    const environment = { catalog: 'of the environment', schema: 'shop', shcema: 'of another bundle' };
    const variables = { catalog: 'other' };
    const { root } = folder;
    const { schemas } = await loadBundle({ root, target: 'local', person: JANE, environment, variables });
    expect(schemas.sales).toMatchObject({ catalog_name: 'other', name: 'shop' });
  });

  test.each(['variables', 'environment'])(
    'takes a map or list only from databricks.yml, not from %s',
    async (from) => {
      const given = { root: folder.root, target: 'local', person: JANE, [from]: { status: '{}' } };
      await expect(loadBundle(given)).rejects.toThrow(
        /^The variable status is a map or a list, which neither --var nor BUNDLE_VAR_status can contain: set it in databricks\.yml\.$/,
      );
    },
  );

  test('merges its own resources into the common resources: tasks are merged by key, other lists are appended', async () => {
    folder.write({
      'jobs/local.yml': {
        targets: {
          local: {
            resources: {
              jobs: {
                again: {
                  tags: { where: 'here' },
                  tasks: [{ task_key: 'count', max_retries: 2 }, task('read')],
                },
                more: { name: 'shop-more', tasks: [task('read')] },
              },
            },
          },
        },
      },
    });
    const { jobs } = await folder.load('local');
    expect(jobs.again?.tags).toEqual({ where: 'here' });
    expect(jobs.again?.tasks).toMatchObject([
      { task_key: 'count', max_retries: 2, notebook_task: {} },
      { task_key: 'read' },
    ]);
    expect(Object.keys(jobs)).toEqual(['daily', 'again', 'more']);
    expect(Object.keys((await folder.load('free')).jobs)).toEqual(['daily', 'again']);
  });

  test('has the files that sync includes and does not exclude', async () => {
    const main = structuredClone(SHOP['databricks.yml']) as Record<string, unknown>;
    main.sync = { paths: ['./notebooks'], include: ['lib/**/*.py'], exclude: ['notebooks/old/**'] };
    folder.write({
      'databricks.yml': main,
      'notebooks/old/a.py': '',
      'notebooks/.hidden': '',
      'lib/a/b.py': '',
      'lib/c.txt': '',
    });
    expect((await folder.load('local')).files).toEqual([
      'lib/a/b.py',
      'notebooks/count.py',
      'notebooks/read.py',
    ]);
  });

  test.each([
    ['a name excludes at any depth', { exclude: ['*.pyc'] }, ['lib/C.PYC', 'lib/a/b.py', 'lib/c.txt']],
    [
      'a pattern with a slash is relative to the root',
      { exclude: ['/b.pyc', 'a/b.py'] },
      ['lib/C.PYC', 'lib/a/b.py', 'lib/a/b.pyc', 'lib/c.txt'],
    ],
    ['a folder includes all its contents', { include: ['lib/a/'] }, ['lib/a/b.py', 'lib/a/b.pyc']],
    ['a name includes at any depth', { include: ['[bc].*'] }, ['lib/a/b.py', 'lib/a/b.pyc', 'lib/c.txt']],
  ])('reads sync patterns as gitignore and the CLI do: %s', async (_, sync, expected) => {
    const paths = 'exclude' in sync ? ['notebooks', 'lib'] : ['notebooks'];
    folder.write({
      'databricks.yml': { ...SHOP['databricks.yml'], sync: { paths, ...sync } },
      'lib/a/b.py': '',
      'lib/a/b.pyc': '',
      'lib/c.txt': '',
      'lib/C.PYC': '',
    });
    const files = (await folder.load('local')).files.filter((file) => !file.startsWith('notebooks/'));
    expect(files).toEqual(expected);
  });
});

describe('YAML is read as the Databricks CLI reads it', () => {
  const read = (text: string) => treeOf(text, 'shop.yml');

  test.each([
    ['a: &x {p: 1, q: 1}\nb: {<<: *x, q: 2}', { p: 1, q: 2 }],
    ['a: &x {p: 1, q: 1}\nb: {q: 2, <<: *x}', { p: 1, q: 2 }],
    // For a key in several maps of the list, the CLI uses the last map. YAML's specification uses the first map.
    ['a: [&x {p: 1}, &y {p: 2, r: 3}]\nb: {<<: [*x, *y], q: 4}', { p: 2, r: 3, q: 4 }],
    ['a: &x {p: 1}\nc: &y {<<: *x, q: 2}\nb: {<<: *y}', { p: 1, q: 2 }],
    ['a: &x [1, 2]\nb: *x', [1, 2]],
    ['b: {"<<": 5}', { '<<': 5 }],
    ['b: [yes, on, No, y, true, TRUE]', ['yes', 'on', 'No', 'y', true, true]],
    ['b: [010, 1e3, -.5, "0x1F", 2026-01-01]', [10, 1000, -0.5, '0x1F', '2026-01-01']],
    ['b: {on: 1, yes: 2}', { on: 1, yes: 2 }],
  ])('%j', (text, b) => {
    expect(read(text)).toMatchObject({ b });
  });

  test.each([
    ['a: 1\na: 2', 'Map keys must be unique'],
    ['a: 1\n---\nb: 2', 'Source contains multiple documents'],
    ['a:\n\tb: 1', 'Tabs are not allowed as indentation'],
    ['a: *z', 'shop.yml:1: There is no &z before *z.'],
    ['a: !secret 1', 'Unresolved tag: !secret'],
    ['a: !!binary aGk=', 'shop.yml:1: The tag tag:yaml.org,2002:binary is not supported.'],
    ['a: 1\nb: &x {c: *x}', 'shop.yml:2: *x refers to a node that contains it.'],
    ['a: 1\n1: b', 'shop.yml:2: A key must be text; got 1: quote it.'],
    ['true: b', 'A key must be text; got true'],
    ['? [a]\n: b', 'A key must be text; got '],
    ['a: {<<: {b: 1}}', '<< needs an alias of a map'],
    ['a: &x 1\nb: {<<: *x}', '<< needs an alias of a map'],
    ['a: 0o10', 'got 0o10: quote it'],
    ['a: 0x1F', 'got 0x1F: quote it'],
    ['a: 0b11', 'got 0b11: quote it'],
    ['a: 1_000', 'got 1_000: quote it'],
    ['a: .inf', 'got .inf: quote it'],
    ['a: 9007199254740993', 'at most 2^53'],
  ])('%j is rejected', (text, why) => {
    expect(() => read(text)).toThrow(why);
  });

  test('a notebook is checked if << merges it into a task', async () => {
    folder.write({
      'jobs/bad.yml':
        'x: &common {notebook_task: {notebook_path: ../notebooks/raed.py}}\nresources: {jobs: {bad: {name: bad, tasks: [{<<: *common, task_key: a}]}}}',
    });
    await expect(folder.load('local')).rejects.toThrow('runs notebooks/raed.py, which does not exist');
  });

  test.each([
    ['jobs/**/*.yml', 'include supports only * and ? within a folder'],
    ['jobs/{a,b}.yml', 'include supports only * and ? within a folder'],
    ['jobs/[ab].yml', 'include supports only * and ? within a folder'],
    ['/etc/*.yml', 'include must be a path relative to databricks.yml'],
    ['notebooks/*', 'include names notebooks/count.py, which is not a .yml, .yaml or .json file'],
  ])('include: [%s] is rejected', async (pattern, why) => {
    folder.write({ 'databricks.yml': { ...SHOP['databricks.yml'], include: [pattern] } });
    await expect(folder.load('local')).rejects.toThrow(why);
  });

  test('a file included by two patterns is read once', async () => {
    folder.write({
      'databricks.yml': { ...SHOP['databricks.yml'], include: ['jobs/*.yml', 'jobs/s?op.yml'] },
    });
    const { schemas } = await folder.load('local');
    expect(schemas.sales?.grants).toHaveLength(SHOP['jobs/shop.yml'].resources.schemas.sales.grants.length);
  });
});

describe('all mistakes are reported in one error, each with its place', () => {
  const job = (more: object) => ({
    'jobs/bad.yml': { resources: { jobs: { bad: { name: 'bad', tasks: [task('read')], ...more } } } },
  });

  test.each([
    [
      job({ tasks: [task('read', { environment_key: 'py' })] }),
      'uses environment_key py, which is missing in environments',
    ],
    [job({ tasks: [task('read', { job_cluster_key: 'big' })] }), 'uses job_cluster_key big'],
    [job({ tasks: [task('read', { depends_on: [{ task_key: 'raed' }] })] }), 'depends on raed'],
    [
      job({
        tasks: [
          task('read', { depends_on: [{ task_key: 'count' }] }),
          task('count', { depends_on: [{ task_key: 'read' }] }),
        ],
      }),
      'depend on each other',
    ],
    [job({ schedule: { quartz_cron_expression: '0 6 * * *', timezone_id: 'UTC' } }), '6 or 7 fields'],
    [job({ schedule: { quartz_cron_expression: '0 0 6 * * ?', timezone_id: 'Mars' } }), 'time zone'],
    [job({ tasks: [task('raed')] }), 'runs notebooks/raed.py, which does not exist'],
    [
      { ...job({ tasks: [task('plain')] }), 'notebooks/plain.py': 'print(1)' },
      'is not a notebook: its first line must be',
    ],
    [
      {
        ...job({ tasks: [{ task_key: 'x', notebook_task: { notebook_path: '../other/x.py' } }] }),
        'other/x.py': notebook(),
      },
      'which sync.paths does not include',
    ],
    [
      job({ continuous: {}, tasks: [task('read'), task('count', { depends_on: [{ task_key: 'read' }] })] }),
      "Tasks of a continuous job can't depend",
    ],
    [job({ schedule: { quartz_cron_expression: '0 0 6 30 2 ?', timezone_id: 'UTC' } }), 'no such day exists'],
    ...(
      [
        ['pipeline_id', 'my_id', '1 to 15 lower-case letters, digits and -'],
        ['pipeline_id', 'a'.repeat(16), '1 to 15 lower-case letters, digits and -'],
        ['pipeline_id', '-a', '1 to 15 lower-case letters, digits and -'],
        ['bucket', 'my_bucket', 'the name of an S3 bucket'],
        ['catalog', 'a.b', 'a name without dots, slashes, blanks or control characters'],
        ['schema', '', 'a name without dots, slashes, blanks or control characters'],
      ] as const
    ).map(
      ([name, value, rule]) =>
        [
          job({ parameters: [{ name, default: value }] }),
          `resources.jobs.bad: The parameter ${name} must be ${rule}`,
        ] as [ReturnType<typeof job>, string],
    ),
    [job({ name: ' ' }), 'resources.jobs.bad: The name must be text of 1 to 4096 characters; got " ".'],
    [
      { 'jobs/bad.yml': { resources: { schemas: { bad: { name: 'a b', catalog_name: 'main' } } } } },
      'resources.schemas.bad: name must be a name without dots, slashes, blanks or control characters, 1 to 255 characters; got "a b".',
    ],
    [job({ name: 'shop-daily' }), 'Two resources define the job shop-daily'],
    [job({ name: '${var.nmae}' }), 'resources.jobs.bad.name: ${var.nmae} is unknown or not supported'],
    [job({ name: '${bundle.git.commit}' }), '${bundle.git.commit} is unknown or not supported'],
    [
      job({ name: '${resources.schemas.other.name}' }),
      '${resources.schemas.other.name} is unknown or not supported',
    ],
    [job({ name: '${resources.jobs.daily.id}' }), '${resources.jobs.daily.id} is unknown or not supported'],
    [job({ name: 'a ${var.status} b' }), "${var.status} is a map or a list, which can't be part of a text"],
  ])('%#: %j', async (files, message) => {
    folder.write(files);
    await expect(folder.load('local')).rejects.toMatchObject({
      code: 'BUNDLE',
      problems: [expect.stringContaining(message)],
    });
  });

  test('two mistakes are reported in one error', async () => {
    folder.write(job({ name: '${var.a}', description: '${var.b}' }));
    await expect(folder.load('local')).rejects.toThrow(/2 mistakes:\n.*\$\{var\.a\}.*\n.*\$\{var\.b\}/);
  });

  test('a variable without a value, a circular variable, and an unknown variable are errors', async () => {
    const main = structuredClone(SHOP['databricks.yml']);
    const variables = { ...main.variables, schema: {} };
    folder.write({ 'databricks.yml': { ...main, variables, targets: { one: {} } } });
    await expect(folder.load('one')).rejects.toThrow(
      /^resources\.schemas\.sales\.name: .*schema has no value.*BUNDLE_VAR_schema/,
    );
    const round = {
      ...main.variables,
      note: { default: '${var.catalog}' },
      catalog: { default: '${var.note}' },
    };
    folder.write({ 'databricks.yml': { ...main, variables: round, targets: { one: {} } } });
    await expect(folder.load('one')).rejects.toThrow(
      /\$\{var\.catalog\} refers to itself through var\.catalog, var\.note/,
    );
    await expect(folder.load('one', { shcema: 'x' })).rejects.toThrow(
      /no variable "shcema"; the variables are catalog, schema/,
    );
  });

  test('a missing file in include and a missing folder in sync.paths are errors; a pattern without matches is no error', async () => {
    const main = { bundle: { name: 'shop' }, sync: { paths: ['notebooks'] }, targets: { dev: {} } };
    folder.write({ 'databricks.yml': { ...main, include: ['none/*.yml'] } });
    expect((await folder.load('dev')).jobs).toEqual({});
    folder.write({ 'databricks.yml': { ...main, include: ['jobs/none.yml'] } });
    await expect(folder.load('dev')).rejects.toThrow(/\/jobs\/none\.yml isn't there: check its path\.$/);
    folder.write({ 'databricks.yml': { ...main, sync: { paths: ['none'] } } });
    await expect(folder.load('dev')).rejects.toThrow(/\/none isn't there: check its path\.$/);
  });

  test('linked files and folders are uploaded, but a link to a parent folder is not followed', async () => {
    symlinkSync('../notebooks', path.join(folder.root, 'notebooks', 'again'));
    mkdirSync(path.join(folder.root, 'shared'));
    folder.write({ 'shared/more.py': notebook('# more') });
    symlinkSync('../shared', path.join(folder.root, 'notebooks', 'shared'));
    symlinkSync('../shared/more.py', path.join(folder.root, 'notebooks', 'more.py'));
    const { files } = await folder.load('local');
    expect(files).toEqual(expect.arrayContaining(['notebooks/more.py', 'notebooks/shared/more.py']));
    expect(files.some((file) => file.includes('again'))).toBe(false);
  });

  test('an unknown target and a file that is not YAML are errors', async () => {
    await expect(folder.load('live')).rejects.toThrow(
      'There is no target "live" in databricks.yml; the targets are dev, free, local.',
    );
    folder.write({ 'jobs/bad.yml': 'a: [' });
    await expect(folder.load('local')).rejects.toThrow(/jobs\/bad\.yml is not valid YAML/);
  });
});

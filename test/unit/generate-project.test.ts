/** `npm run generate project` creates an independent project, or prints one sentence and creates nothing. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeProject } from '../../cli/generate/write-project.ts';
import { AppError } from '../../src/errors.ts';
import { PROJECT } from '../../src/project/project.ts';
import { ROOT } from '../../src/root.ts';
import { runCommand } from '../fixtures/command.ts';
import { linkPackages } from '../fixtures/project-copy.ts';

const SAMPLES = path.join(ROOT, 'test/fixtures/samples');

const folder = mkdtempSync(path.join(os.tmpdir(), 'new-project-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));

describe('a project from three samples', () => {
  const root = path.join(folder, 'shop');
  const words = ['generate', 'project', '--name', 'shop', '--from', SAMPLES, '--to', root];
  const made = runCommand(words);
  const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
  beforeAll(() => linkPackages(root));

  test('is created, and a summary and the next commands are printed', () => {
    expect(made.status, made.stderr).toBe(0);
    expect(made.stdout).toMatch(/^orders: 66 records, 12 fields, \d questions, \d places to check$/m);
    expect(made.stdout).toMatch(/^ {2}not a record: .*orders\.jsonl, line 21 is not JSON/m);
    expect(made.stdout).toContain(`cd ${root}\n  npm ci\n  npm run demo\n`);
    expect(readdirSync(folder)).toEqual(['shop']);
  });

  test('has first questions about each dataset', () => {
    const questions = readdirSync(path.join(root, 'src/project/queries')).map(
      (file) => path.parse(file).name,
    );
    expect(questions).toEqual(
      expect.arrayContaining([
        'events_by_day',
        'events_by_type',
        'latest_arrival_of_events',
        'orders_by_status',
        'numbers_of_orders',
        'trips_by_payment_type',
        'numbers_of_trips',
      ]),
    );
    // No question is about free text or fields that may be personal.
    expect(questions).not.toContain('orders_by_note');
    expect(text('src/project/posts.ts')).not.toContain('ring twice');
    for (const name of questions.filter((name) => name !== 'index'))
      expect(parse(text(`test/spark/queries/${name}.yml`))).toHaveLength(1);
    expect(text('README.md')).toContain('| `orders_by_status` | How many orders per status? |');
  });

  test('has its own name and none of the names of the original project', () => {
    expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'shop-event-pipeline' });
    expect(JSON.parse(text('package-lock.json')).packages['']).toMatchObject({ name: 'shop-event-pipeline' });
    expect(parse(text('databricks.yml'))).toMatchObject({
      bundle: { name: 'shop' },
      variables: { schema: { default: 'shop' }, bucket: { default: 'shop-${var.pipeline_id}-landing' } },
    });
    const files = filesIn(root);
    expect(files).toEqual(expect.arrayContaining(['jobs/shop.lvdash.json', 'airflow/dags/shop_daily.py']));
    const others = new RegExp(`${PROJECT}|\\bpins?\\b|_pin\\b`, 'i');
    expect(files.filter((file) => others.test(file) || others.test(text(file)))).toEqual([]);
  });

  const guides = () => filesIn(root).filter((file) => file.endsWith('.md'));

  test('has guides without broken links', () => {
    expect(guides()).toEqual(
      expect.arrayContaining(['docs/aws.md', 'docs/databricks.md', 'docs/querying.md', 'docs/samples.md']),
    );
    const links = guides().flatMap((file) =>
      [...text(file).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^https?:/.test(target))
        .map((target) => ({ file, target })),
    );
    expect(links.length).toBeGreaterThan(20);
    const dead = links.filter(({ file, target }) => !existsSync(path.join(root, path.dirname(file), target)));
    expect(dead).toEqual([]);
  });

  test('has guides that name its own datasets and answers, and only existing files', () => {
    // The documents in docs/decisions are omitted, because they describe the engine and name its tests.
    const own = guides().filter((file) => !file.startsWith('docs/decisions'));
    const all = own.map(text).join('\n');
    expect(all).not.toMatch(/<!-- \/?own|\b(clean|raw|rejected|streaming-\w+|streams)[_-](geo|user)\b/);
    expect(text('docs/databricks.md')).toContain('<catalog>.shop.events_by_day TO');
    const streams = text('docs/aws.md').match(/(?<=ingress_Api --> streams_)\w+/g);
    expect(streams).toEqual(['events', 'orders', 'trips']);
    const named = all.match(/(?<=`)(docs|test)\/[\w./-]+(?=`)/g) ?? [];
    // Guides name a decision by its number, which is the beginning of a file's name.
    const files = filesIn(root);
    const there = (name: string) => files.some((file) => file.startsWith(name));
    expect([...new Set(named)].filter((name) => !there(name))).toEqual([]);
  });

  test('verifies its answers with rows that all have a key', () => {
    const rows = [...text('notebooks/7_verify/expected.py').matchAll(/"clean_events": \[([^\]]*)\]/g)];
    const given = rows.flatMap(([, list = '']) => list.match(/\{[^}]*\}/g) ?? []);
    expect(given.length).toBeGreaterThan(4);
    expect(given.filter((row) => !row.includes('"id": '))).toEqual([]);
  });

  test('does not use the word "post" on the dashboard', () => {
    expect(text('jobs/shop.lvdash.json')).not.toMatch(/\bposts?\b/i);
  });

  test('has no database source, and the error names the file that declares tables', async () => {
    const { requireTables } = await import(path.join(root, 'src/posts/source-tables.ts'));
    expect(requireTables).toThrow(/^src\/project\/source\.ts declares no database tables/);
  });

  test('has exactly the files that its own generator renders', () => {
    const { status, stdout, stderr } = runCommand(['generate', 'check'], { cwd: root });
    expect(`${stdout}${stderr}`).toBe('Generated files are up to date.\n');
    expect(status).toBe(0);
  });

  test('emulates the records of a dataset that is added later, with all others and alone', () => {
    const command = (...words: string[]) => runCommand(words, { cwd: root });
    const sample = path.join(folder, 'tickets.jsonl');
    writeFileSync(sample, '{"ticket_id":"T-1","seat":4}\n{"ticket_id":"T-2","seat":5}\n');
    expect(command('generate', 'dataset', 'tickets', '--from', sample).stderr).toBe('');
    const topics = (...words: string[]) =>
      command('produce', 'kafka', '--dry-run', '--count', '2', ...words)
        .stdout.split('\n')
        .flatMap((line) => line.match(/^demo\.\w+(?=\t)/) ?? []);
    const one = ['demo.events', 'demo.orders', 'demo.tickets', 'demo.trips'];
    expect(topics()).toEqual([...one, ...one]);
    expect(topics('--dataset', 'orders')).toEqual(['demo.orders', 'demo.orders']);
  });
});

describe('no project is created', () => {
  const samples = (name: string, files: Readonly<Record<string, string>>) => {
    const place = path.join(folder, name);
    mkdirSync(place, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(place, file), text);
    return place;
  };
  const record = '{"id": 1}\n';

  test.each([
    [
      'an invalid project name',
      'My-Shop',
      () => SAMPLES,
      /^A project's name has 1 to 16 lower-case letters and digits/,
    ],
    [
      'samples that do not exist',
      'shop',
      () => path.join(folder, 'none'),
      /none isn't there: check its path\.$/m,
    ],
    [
      'a folder without samples',
      'shop',
      () => samples('empty', { 'notes.txt': 'x' }),
      /empty contains no sample: expected \.jsonl/,
    ],
    [
      'a sample without records',
      'shop',
      () => samples('bad', { 'a.jsonl': 'x\n' }),
      /a\.jsonl contains no record; .*line 1 is not JSON/,
    ],
    [
      "a file name that can't name a dataset",
      'shop',
      () => samples('odd', { '1st.jsonl': record }),
      /1st\.jsonl can't name a dataset: .* got "1st"\. Rename the file\./,
    ],
    [
      'two samples with the same name',
      'shop',
      () => samples('two', { 'a.jsonl': record, 'a.csv': 'id\n1\n' }),
      /a\.csv and .*a\.jsonl are both samples of a: rename one/,
    ],
  ])('from %s', async (_, name, from, message) => {
    const to = path.join(folder, 'refused');
    const made = writeProject({ root: ROOT, name, from: from(), to });
    await expect(made).rejects.toThrow(AppError);
    await expect(made).rejects.toThrow(message);
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(folder).filter((file) => file.startsWith('.'))).toEqual([]);
  });

  test('in a folder that is not empty', async () => {
    const to = samples('full', { 'keep.txt': 'mine' });
    await expect(writeProject({ root: ROOT, name: 'shop', from: SAMPLES, to })).rejects.toThrow(
      `${to} exists and is not empty: name a new folder with --to.`,
    );
    expect(readdirSync(to)).toEqual(['keep.txt']);
  });
});

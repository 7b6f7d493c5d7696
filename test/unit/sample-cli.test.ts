/** `npm run generate dataset` in a copy of the project writes the files, the index and rendered files, or nothing if it fails. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, startCommand } from '../fixtures/command.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { until } from '../fixtures/until.ts';

const SAMPLES = path.resolve(import.meta.dirname, '../fixtures/samples');

let copy: ProjectCopy;
beforeAll(() => {
  copy = new ProjectCopy();
});
afterAll(() => copy.remove());

const generate = (args: readonly string[], input = '') =>
  runCommand(['generate', ...args], { cwd: copy.root, input });

const text = (file: string) => readFileSync(path.join(copy.root, file), 'utf8');

test('a sample becomes a dataset with rows, notebooks and jobs, which --force replaces', () => {
  const from = path.join(SAMPLES, 'orders.jsonl');
  const first = generate(['dataset', 'orders', '--from', from]);
  expect(first.stderr).toBe('');
  expect(first.stdout).toContain('66 records, 12 fields');
  expect(first.stdout).toContain('orders.jsonl, line 21 is not JSON');
  expect(first.stdout).toContain('written: src/project/datasets/orders.ts');
  expect(text('src/project/datasets/index.ts')).toContain("import orders from './orders.ts';");
  expect(text('notebooks/3_clean/orders.py')).toContain('DECIMAL(12,2)');
  expect(text('jobs/batch.yml')).toContain('orders');
  expect(existsSync(path.join(copy.root, 'test/spark/rules/orders.yml'))).toBe(true);
  expect(generate(['check']).stdout).toContain('up to date');
  const before = text('src/project/datasets/orders.ts');
  writeFileSync(
    path.join(copy.root, 'src/project/datasets/orders.ts'),
    before.replace('Orders', 'Purchases'),
  );
  expect(generate(['dataset', 'orders', '--from', from, '--force']).status).toBe(0);
  expect(text('src/project/datasets/orders.ts')).toBe(before);
}, 180_000);

test('the standard input can be a sample, and its records are written as JSON lines', () => {
  const records = path.join(copy.root, 'readings.jsonl');
  const run = generate(
    ['dataset', 'readings', '--from', '-', '--records', records],
    'sensor;at;celsius\n1;2026-01-01 10:00:00;20,5\n2;2026-01-01 10:00:00;9007199254740993.10\n',
  );
  expect(run.stderr).toBe('');
  expect(readFileSync(records, 'utf8')).toBe(
    '{"sensor":"1","at":"2026-01-01 10:00:00","celsius":"20,5"}\n{"sensor":"2","at":"2026-01-01 10:00:00","celsius":"9007199254740993.10"}\n',
  );
}, 120_000);

test('a sample is read before its own records replace it, and a failed run leaves no file of records', () => {
  const sample = path.join(copy.root, 'rooms.jsonl');
  writeFileSync(sample, '{"room": 1, "name": "A"}\n\n{"room": 2, "name": "B"}\n');
  expect(generate(['dataset', 'rooms', '--from', sample, '--records', sample]).stderr).toContain(
    'already exists: name another file with --records, or replace it with --force.',
  );
  expect(generate(['dataset', 'rooms', '--from', sample, '--records', sample, '--force']).stderr).toBe('');
  expect(readFileSync(sample, 'utf8')).toBe('{"room":1,"name":"A"}\n{"room":2,"name":"B"}\n');
  const records = path.join(copy.root, 'never.jsonl');
  generate(['dataset', 'halls', '--from', 'nowhere.jsonl', '--records', records]);
  expect(existsSync(records)).toBe(false);
}, 120_000);

test('a missing folder of the records is named', () => {
  const sample = path.join(copy.root, 'lost.jsonl');
  writeFileSync(sample, '{"lost_id": 1}\n{"lost_id": 2}\n');
  const missing = path.join(copy.root, 'missing');
  const records = path.join(missing, 'lost.jsonl');
  expect(generate(['dataset', 'lost', '--from', sample, '--records', records]).stderr).toContain(
    `--records is a file in the folder ${missing}, which does not exist: create it first.`,
  );
}, 120_000);

test('an existing dataset, which may have been edited, stays as it is if only its sample is converted', () => {
  const [sample, records] = [path.join(copy.root, 'kept.csv'), path.join(copy.root, 'kept.jsonl')];
  writeFileSync(sample, 'kept_id,name\n1,A\n2,B\n');
  expect(generate(['dataset', 'kept', '--from', sample]).stderr).toBe('');
  const edited = `${text('src/project/datasets/kept.ts')}// edited\n`;
  copy.write('src/project/datasets/kept.ts', edited);
  const run = generate(['dataset', 'kept', '--from', sample, '--records', records]);
  expect(run.stdout).toBe('2 records written; the dataset kept is unchanged\n');
  expect(readFileSync(records, 'utf8')).toBe('{"kept_id":"1","name":"A"}\n{"kept_id":"2","name":"B"}\n');
  expect(text('src/project/datasets/kept.ts')).toBe(edited);
}, 120_000);

/** Starts `npm run generate` with these words. `ended` resolves with the exit code and the signal. */
function startGenerate(...words: readonly string[]) {
  const command = startCommand(['generate', ...words], { cwd: copy.root, stdio: 'ignore' });
  return { command, ended: once(command, 'exit') };
}

test('Ctrl-C during rendering leaves the project and the folder of records unchanged', async () => {
  const before = text('src/project/datasets/index.ts');
  const folder = path.join(copy.root, 'records');
  mkdirSync(folder);
  const sample = path.join(SAMPLES, 'events.jsonl');
  const records = ['--records', path.join(folder, 'visits.jsonl')];
  const { command, ended } = startGenerate('dataset', 'visits', '--from', sample, ...records);
  const dataset = path.join(copy.root, 'src/project/datasets/visits.ts');
  await until(() => existsSync(dataset));
  command.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(text('src/project/datasets/index.ts')).toBe(before);
  expect(existsSync(dataset)).toBe(false);
  expect(existsSync(path.join(copy.root, 'test/spark/rules/visits.yml'))).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
}, 120_000);

test('Ctrl-C while the generated files are written leaves them up to date', async () => {
  const sample = path.join(SAMPLES, 'events.jsonl');
  const { command, ended } = startGenerate('dataset', 'visits', '--from', sample);
  const notebook = path.join(copy.root, 'notebooks/3_clean/visits.py');
  await until(() => existsSync(notebook));
  command.kill('SIGINT');
  await ended;
  expect(generate(['check']).stdout).toContain('up to date');
}, 120_000);

test('a dataset that fails to render leaves the project and the file of records unchanged', () => {
  const [index, batch] = [text('src/project/datasets/index.ts'), text('jobs/batch.yml')];
  copy.write('events-kept.jsonl', 'kept\n');
  // A query without a question can't be rendered.
  copy.write('src/project/queries/users_joined_by_year.sql', 'SELECT 1\n');
  const sample = path.join(SAMPLES, 'events.jsonl');
  const run = generate(['dataset', 'events', '--from', sample, '--records', 'events-kept.jsonl', '--force']);
  expect(text('events-kept.jsonl')).toBe('kept\n');
  expect(run.stderr).toContain(
    'error: Nothing was written, because rendering failed: The query users_joined_by_year.sql must begin with its question',
  );
  expect(run.status).toBe(1);
  expect(text('src/project/datasets/index.ts')).toBe(index);
  expect(text('jobs/batch.yml')).toBe(batch);
  expect(existsSync(path.join(copy.root, 'src/project/datasets/events.ts'))).toBe(false);
}, 120_000);

/**
 * Renders each mapping template of the API with velocityjs, which the local gateway uses, and with Apache Velocity, which defines the
 * templates' language. Both give the same bytes. The bytes are JSON and contain the data that was sent.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { render } from '../../local/kinesis/gateway/app.ts';
import { Input } from '../../local/kinesis/gateway/variables.ts';
import { randomOf } from '../../src/posts/random.ts';
import { readSettings } from '../../src/settings.ts';
import { compileJava } from '../fixtures/compile-java.ts';
import { installVelocity } from '../fixtures/install.ts';

const INPUTS = 200;
const TEMPLATES = fileURLToPath(new URL('../../infra/ingress', import.meta.url));
const RENDER = fileURLToPath(new URL('../velocity/Render.java', import.meta.url));

let folder: string;
let classpath: string;
let java: string;
const templates: Record<string, string> = {};

beforeAll(async () => {
  const settings = readSettings();
  const installed = await install(settings);
  folder = await mkdtemp(path.join(os.tmpdir(), 'velocity-'));
  const jars = async (from: string, name = '') =>
    (await readdir(from)).filter((file) => file.startsWith(name)).map((file) => path.join(from, file));
  classpath = [
    ...(await jars(await installVelocity(settings))),
    ...(await jars(installed.jars.kafka)),
    ...(await jars(installed.jars.pyspark, 'commons-lang3-')),
  ].join(path.delimiter);
  await compileJava(installed, RENDER, classpath, folder);
  java = path.join(installed.java, 'bin', 'java');
  const files = (await readdir(TEMPLATES)).filter((file) => file.endsWith('.vtl'));
  for (const file of files)
    templates[file.replace('.vtl', '')] = await readFile(path.join(TEMPLATES, file), 'utf8');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Renders the template of each line with Apache Velocity, in Render.java. Resolves with one text per line. */
async function velocity(lines: readonly string[]): Promise<string[]> {
  const words = ['-XX:TieredStopAtLevel=1', '-cp', `${folder}${path.delimiter}${classpath}`, 'Render'];
  const child = spawn(java, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return (await text(child.stdout))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
}

/** Returns a randomly nested value that is difficult in JSON, in templates and in base64. */
function nasty(random: () => number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const words = [
    ...[
      'it\'s "quoted"',
      'back\\slash',
      "$input.json('$')",
      '${at}',
      '#if(true)#end',
      '## no comment',
      '#*x*#',
    ],
    ...[
      '📌 ü 名',
      '\u2028\u2029',
      'tab\t and\nline',
      '\u0000\u001f',
      '</script>',
      '',
      ' ',
      '$',
      '#',
      '\\"',
      '"}',
      'a,b',
    ],
  ];
  const leaf = [null, true, false, 0, -1, 7, 12.5, 2 ** 53 - 1, ...words];
  if (depth > 2 || random() < 0.5) return random() < 0.2 ? words.join(pick(words)) : pick(leaf);
  const many = Array.from({ length: Math.floor(random() * 4) }, () => nasty(random, depth + 1));
  if (random() < 0.4) return many;
  return Object.fromEntries(many.map((value) => [pick(words) || 'ind', value]));
}

/** Records a template's calls of `$input` and their results. */
class Traced extends Input {
  readonly calls: (readonly [string, string, unknown])[] = [];
  #note<T>(method: string, argument: string, answer: T): T {
    this.calls.push([method, argument, answer]);
    return answer;
  }
  override path(expression: string) {
    return this.#note('path', expression, super.path(expression));
  }
  override json(expression: string) {
    return this.#note('json', expression, super.json(expression));
  }
  override params(name: string) {
    return this.#note('params', name, super.params(name));
  }
}

test(`both renderers give the same JSON, which contains the data sent, for every template and ${INPUTS} bodies`, async () => {
  expect(Object.keys(templates)).toContain('put-records');
  const random = randomOf(1);
  const inputs = Array.from({ length: INPUTS }, () => {
    const records = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const base64 = random() < 0.3;
      const data = base64 ? Buffer.from(JSON.stringify(nasty(random))).toString('base64') : nasty(random);
      const key = String(nasty(random, 3)) || 'key';
      return { data, ...(base64 && { encoding: 'base64' }), 'partition-key': key };
    });
    const [first] = records;
    return {
      name: random() < 0.9 ? 'streaming-demo-pin' : `x", "StreamARN": "${records.length} é`,
      sent: records,
      body: {
        records,
        Data: first?.data,
        ...(first?.encoding && { Encoding: first.encoding }),
        PartitionKey: first?.['partition-key'],
        ...(random() < 0.5 && { ShardCount: 1 + Math.floor(random() * 9) }),
      },
    };
  });

  const rendered = inputs.flatMap(({ name, sent, body }) =>
    Object.entries(templates).map(([action, template]) => {
      const parameters = { path: { 'stream-name': name }, querystring: {}, header: {} };
      const input = new Traced(JSON.stringify(body), parameters);
      const ours = render(template, input);
      return { action, name, sent, ours, line: JSON.stringify({ template, calls: input.calls }) };
    }),
  );
  const theirs = await velocity(rendered.map(({ line }) => line));
  expect(theirs).toHaveLength(INPUTS * Object.keys(templates).length);
  expect(rendered.map(({ ours }) => ours)).toEqual(theirs);

  for (const { action, name, sent, ours } of rendered) {
    const request = JSON.parse(ours) as Request;
    if (action !== 'list-streams')
      expect(request.StreamName).toBe(new URLSearchParams({ '': name }).toString().slice(1));
    const landing = action === 'put-records' ? request.Records : action === 'put-record' ? [request] : [];
    if (action === 'put-records') expect(landing).toHaveLength(sent.length);
    for (const [index, { Data, PartitionKey }] of landing.entries()) {
      const { data, encoding, 'partition-key': key } = sent[index] as (typeof sent)[number];
      expect(PartitionKey).toBe(key);
      const bytes = Buffer.from(Data, 'base64');
      if (encoding) expect(bytes).toEqual(Buffer.from(String(data), 'base64'));
      else expect(JSON.parse(bytes.toString())).toEqual(data);
    }
  }
});

interface Request {
  readonly StreamName: string;
  readonly Data: string;
  readonly PartitionKey: string;
  readonly Records: readonly { readonly Data: string; readonly PartitionKey: string }[];
}

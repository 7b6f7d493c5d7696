import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { namedDestinations } from '../../cli/produce/destinations.ts';
import { withAdvice } from '../../cli/produce/run.ts';
import { duration, moment, perSecond } from '../../cli/produce/words.ts';
import { run } from '../../cli/produce.ts';
import { AppError } from '../../src/errors.ts';
import { topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import { display, summaryTable } from '../../src/producer/display.ts';
import { jsonLog } from '../../src/producer/log.ts';
import { produce } from '../../src/producer/produce.ts';
import { printSink } from '../../src/producer/sinks/print.ts';
import { readSettings } from '../../src/settings.ts';

const KINESIS_NAMES = [
  'GATEWAY_URL',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_KINESIS',
];

describe('invalid arguments give a one-sentence error', () => {
  test.each<[string, RegExp]>([
    ['', /^The settings name no destination: set KAFKA_BROKERS .* or name a destination/],
    ['rabbit', /must be kafka, rest, volume, gateway or kinesis, not rabbit/],
    ['kinesis gateway', /are both destinations of the streaming pipeline/],
    ['rest --create-topics', /--create-topics can only be used with the destination kafka/],
    ['gateway', /GATEWAY_URL must be the invoke URL/],
    ['kafka rabbit', /must be kafka, rest, volume, gateway or kinesis, not rabbit/],
    [
      'kafka volume',
      /kafka and volume are both destinations of the batch pipeline, .*: name only one of them/,
    ],
    ['kinesis --compression gzip', /--compression can only be used with the destination kafka/],
    ['kafka --landing /Volumes/a', /--landing can only be used with the destination volume/],
    ['kafka --for ever', /--for must be a duration such as 90s, 10m, 1h30m, 1.5h or 2d, not ever/],
    ['kafka --for 25d', /--for must be at most 24 days, not 25d/],
    ['kafka --for 1m --until 18:30', /--for and --until both set the end of the run/],
    ['kafka --poisson', /--poisson needs --rate/],
    ['kafka --resume', /--resume needs --checkpoint FILE/],
    ['kafka --dry-run --checkpoint c', /--dry-run sends nothing, so there is no progress for --checkpoint/],
    ['kafka --order index', /--order can't be used with --from emulated/],
    ['kafka --log loud', /--log must be text or json, not loud/],
    ['kafka --from - ', /^The standard input does not name a dataset/],
    ['kafka --from /no/such', /^There is no \/no\/such: expected/],
    ['kafka --until later', /--until must be a time of day.* or a date and time.*, not later/],
    ['kafka --until 2020-01-01T00:00', /--until is in the past: 2020-01-01T00:00/],
    ['kafka --until 2999-01-01T00:00', /--until must be at most 24 days away/],
    ['kafka --count 0', /--count must be a whole number, 1 or more, not 0/],
    ['kafka --count many', /--count must be a whole number, 1 or more, not many\./],
    ['kafka --resend most', /--resend must be a share from 0 to 1, not most\./],
    ['kafka --count', /Not enough arguments following: count/],
    ['kafka --count 1 --count 2', /--count was given more than once/],
    ['kafka --dry-run=1', /--dry-run must have no value, or =true or =false, not "1"/],
    ['volume --landing /Volumes/main/pinterest', /--landing must be a path \/Volumes\/<catalog>/],
    ['kafka --from mysql:reader:s3cret@db/posts', /^The only kind of address that --from accepts is mysql/],
    ['kafka --rate 0', /--rate must be posts per second, more than 0, such as 50, 50\/s or 90\/m, not 0/],
    ['kafka --rate 5/y', /--rate must be posts per second, .* not 5\/y/],
    ['kafka --seed 1.5', /--seed must be a whole number/],
    ['kafka --first -1', /--first must be a whole number, 0 or more/],
    ['kafka --resend 2', /--resend must be a share from 0 to 1, not 2/],
    ['kafka --compression zip', /--compression must be none or gzip, not zip/],
    ['kafka --from data --seed 7', /--seed can't be used with --from data: it is for emulated posts/],
    ['kafka -- --dry-run', /Unknown argument: --dry-run/],
    [
      'kafka --dry-run --dataset board',
      /^There is no dataset board beside geo, pin, user: "npm run generate dataset board -- --from <sample>" creates one\.$/,
    ],
    ['kafka --bogus', /Unknown argument: bogus/],
  ])('%s', async (words, sentence) => {
    for (const name of ['KAFKA_BROKERS', 'REST_URL', ...KINESIS_NAMES]) vi.stubEnv(name, undefined);
    const mistake = await run(words.split(' ').filter(Boolean)).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    expect(mistake).toBeInstanceOf(AppError);
    expect((mistake as AppError).message).toMatch(sentence);
    expect((mistake as AppError).message).not.toContain('\n');
  });

  test('the error names flags that npm consumed', async () => {
    for (const written of ['npm_config_dry_run', 'npm_config_dryrun']) {
      vi.stubEnv(written, 'true');
      await expect(run(['kafka'])).rejects.toThrow(/npm consumed --dry-run, .*-- --dry-run/);
      vi.unstubAllEnvs();
    }
    // npm leaves the flag's value as an argument, which must not be read as a destination.
    vi.stubEnv('npm_config_count', 'true');
    await expect(run(['kafka', '3'])).rejects.toThrow(/npm consumed --count, .*-- --count/);
    vi.unstubAllEnvs();
  });
});

const none = { read: 0, delivered: 0, rejected: 0, pending: 0, malformed: 0, resent: 0, bytes: 0 };

test('the summary has columns for resent and malformed records only if there are any', () => {
  const counts = { ...none, read: 5, delivered: 5, malformed: 2, resent: 7 };
  const table = summaryTable({ topics: { 'demo.pin': counts }, posts: 5, seconds: 1 });
  expect(table).toMatch(/read .* pending . malformed . sent again . bytes/);
  expect(summaryTable({ topics: { 'demo.pin': none }, posts: 5, seconds: 1 })).not.toMatch(/malformed|again/);
});

test('the summary uses the singular for one post, and shows what a dry run would send', () => {
  const summary = { topics: { 'demo.pin': { ...none, read: 1, delivered: 1 } }, posts: 1, seconds: 0 };
  expect(summaryTable(summary)).toMatch(/sent to .* delivered /);
  expect(summaryTable(summary)).toContain('1 post in 0.0 s');
  expect(summaryTable(summary, { dryRun: true })).toMatch(/goes to .* would be sent /);
  expect(summaryTable(summary, { dryRun: true })).not.toMatch(/ delivered|sent to/);
});

test('the reason of a rejected record has no effect on the terminal', () => {
  const out = new PassThrough();
  const { report, note } = display(out as unknown as NodeJS.WriteStream, undefined);
  report({ kind: 'rejected', target: 'demo.pin', where: 'line 1', reason: 'bad \u001b]52;c;cm0=\u0007' });
  note('from \u009b2J');
  expect(String(out.read())).toBe('rejected: line 1 for demo.pin: bad ␛]52;c;cm0=␇\nfrom �2J\n');
});

test('the JSON log escapes control characters, which a terminal obeys', () => {
  const file = path.join(os.tmpdir(), `log-${process.pid}.jsonl`);
  const descriptor = openSync(file, 'w');
  try {
    jsonLog(descriptor).note('a\u001b\u009b2J\u202eb\u{e0001}');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('"msg":"a\\u001b\\u009b2J\\u202eb\\udb40\\udc01"}\n');
    expect(JSON.parse(text)).toMatchObject({ msg: 'a\u001b\u009b2J\u202eb\u{e0001}' });
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
});

test.each([
  [{}, ' Run the command again; it starts from the first post.'],
  [
    { checkpoint: 'run.json' },
    ' Run the command again with --resume; it continues after the delivered posts.',
  ],
  [{ from: '-' }, ''],
])('if the destination accepts no more records, a run with %j gets the advice "%s"', (flags, advice) => {
  const error = new AppError('SINK_SILENT', 'Nobody there.', { retriable: true });
  expect(withAdvice(error, flags)).toMatchObject({ message: `Nobody there.${advice}`, retriable: true });
});

test('without a destination argument, the settings name the destinations, and a missing setting is reported', () => {
  const places = (env: NodeJS.ProcessEnv) => namedDestinations(readSettings(env));
  expect(places({ KAFKA_BROKERS: 'b:9092', AWS_REGION: 'eu-west-1' })).toEqual({
    to: ['kafka', 'kinesis'],
    off: [],
  });
  expect(places({ KAFKA_BROKERS: 'b:9092' })).toEqual({
    to: ['kafka'],
    off: ['The streaming pipeline gets no posts. To send posts to it, set GATEWAY_URL or AWS_REGION.'],
  });
  expect(places({ REST_URL: 'http://127.0.0.1:8082', AWS_REGION: 'eu-west-1' }).to).toEqual([
    'rest',
    'kinesis',
  ]);
  expect(places({ AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:4567' })).toMatchObject({ to: ['kinesis'] });
  expect(places({ GATEWAY_URL: 'https://api.example.test/prod', AWS_REGION: 'eu-west-1' })).toMatchObject({
    to: ['gateway'],
  });
});

test('rates and durations can be written in several forms', () => {
  expect(['50', '50/s', '90/m', '0.5', '1800/h'].map(perSecond)).toEqual([50, 50, 1.5, 0.5, 0.5]);
  expect(perSecond('0.001/h')).toBeGreaterThan(0);
  expect(['90s', '10m', '1.5h', '2d'].map(duration)).toEqual([90_000, 600_000, 5_400_000, 172_800_000]);
  expect(['1h30m', '1d12h', '1m30.5s'].map(duration)).toEqual([5_400_000, 129_600_000, 90_500]);
});

test.each(['', '0s', '90', '30m1h', '1h 30m', '1h1h', '-5m', '1w', 'PT1H', '1e3s'])(
  '%j is not a duration',
  (text) => {
    expect(() => duration(text)).toThrow('--for must be a duration such as');
  },
);

describe('--until', () => {
  const NOW = new Date('2028-02-28T20:00:00Z');

  test.each([
    ['21:15', '2028-02-28T21:15:00.000Z'],
    ['9:15', '2028-02-29T09:15:00.000Z'],
    ['20:00', '2028-02-29T20:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2028-03-01T00:00', '2028-03-01T00:00:00.000Z'],
    ['2028-03-01 18:30:15', '2028-03-01T18:30:15.000Z'],
    ['2028-03-01T18:30Z', '2028-03-01T18:30:00.000Z'],
    ['2028-03-01T00:30+05:30', '2028-02-29T19:00:00.000Z'],
  ])('%s is %s in every time zone', (text, when) => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    expect(moment(text, NOW).toISOString()).toBe(when);
    vi.unstubAllEnvs();
  });

  test.each([
    ['2028-02-30', 'no 30 February'],
    ['2028-02-31T10:00', 'no 31 February'],
    ['2028-13-01', 'no month 13'],
    ['2028-03-01T24:00', 'midnight is 00:00 of a day'],
    ['24:00', 'midnight is 00:00'],
    ['2028-03-01T23:59:60', 'no leap seconds'],
    ['2028-03-01T10:61', 'no minute 61'],
    ['2028-W10-3', 'a date by weeks'],
    ['2028-061', 'a date by days of the year'],
    ['20280301', 'a date without dashes'],
    ['01/03/2028', 'a date that is read in two ways'],
    ['2028-03-01T10:00+02', 'an offset without minutes'],
    ['2028-03-01T10:00+99:00', 'an offset that no place has'],
    ['2028-03-01T10:00 CET', 'the name of a time zone'],
    ['1835460000', 'seconds since 1970'],
    ['1 March 2028', 'words'],
  ])('%s is rejected: %s', (text) => {
    expect(() => moment(text, NOW)).toThrow(`in UTC, not ${text}.`);
  });
});

test('the summary is a table that adds up', () => {
  const table = summaryTable({
    topics: {
      'demo.pin': { ...none, read: 1200, delivered: 1100, rejected: 60, pending: 40, bytes: 900_000 },
      'demo.geo': { ...none, read: 1200, delivered: 1200, bytes: 100_000 },
    },
    posts: 1200,
    seconds: 2,
  });
  const cells = (name: string) =>
    table
      .split('\n')
      .find((line) => line.includes(name))
      ?.split('│')
      .map((cell) => cell.trim())
      .filter(Boolean);
  expect(cells('demo.pin')).toEqual(['demo.pin', '1,200', '1,100', '60', '40', '900,000', '550']);
  expect(cells('total')).toEqual(['total', '2,400', '2,300', '60', '40', '1,000,000', '1,150']);
  expect(table).toContain('1,200 posts in 2.0 s');
});

describe('a dry run', () => {
  const topicOf = (dataset: string) => topicName('demo', dataset);

  test('prints topic, key and bytes of every record, post by post', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'dry-'));
    writeFileSync(path.join(folder, 'pin.jsonl'), '{"index":"7.0"}\nnot JSON\n');
    writeFileSync(path.join(folder, 'user.jsonl'), Buffer.from('{"ind":7,"first_name":"\xe9"}\n', 'latin1'));
    const out = new PassThrough();
    await produce({ posts: filePosts(folder), sink: printSink(topicOf, out, () => {}) });
    rmSync(folder, { recursive: true });
    expect(out.read().toString('latin1').split('\n')).toEqual([
      'demo.pin\t7\t{"index":"7.0"}',
      'demo.user\t7\t{"ind":7,"first_name":"\xe9"}',
      'demo.pin\t-\tnot JSON',
      '',
    ]);
  });

  test('prints no control characters of a record to a terminal', async () => {
    const out = Object.assign(new PassThrough(), { isTTY: true });
    const { send } = printSink(topicOf, out, () => {});
    await send('demo.pin', 0, [{ key: '\u009b2J', value: Buffer.from('{"a":"\u001b]52;c;cm0=\u0007"}') }]);
    expect(String(out.read())).toBe('demo.pin\t�2J\t{"a":"␛]52;c;cm0=␇"}\n');
  });

  test('ends when its reader closes the pipe', async () => {
    const stop = new AbortController();
    const pipe = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const { posts } = await produce({
      posts: emulatedPosts({ seed: 1 }),
      sink: printSink(topicOf, pipe, () => stop.abort()),
      signal: stop.signal,
    });
    expect(posts).toBeLessThan(10);
  });
});

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Installed, install } from '../../local/install/install.ts';
import { Kernel, type KernelOptions } from '../../local/spark/kernel.ts';
import { readSettings } from '../../src/settings.ts';
import { isProcessAlive } from '../../src/wait.ts';
import { expectCancelEndsStreams } from '../fixtures/canceled-run.ts';
import { until } from '../fixtures/until.ts';
import { writeNotebook } from '../fixtures/write-notebook.ts';

let installed: Installed;
let folder: string;

beforeAll(async () => {
  installed = await install(readSettings());
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kernel-'));
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const start = (options: Partial<KernelOptions> = {}) =>
  Kernel.start({
    installed,
    state: path.join(folder, 'state'),
    bucketRoot: folder,
    small: true,
    ...options,
  });

const notebook = (name: string, ...cells: string[]) => writeNotebook(folder, name, ...cells);

const magic = (text: string) => text.replace(/^/gm, '# MAGIC ');

/** Returns the running processes of the process group whose leader is the process `leader`. */
function group(leader: number): string[] {
  const lines = execFileSync('ps', ['-eo', 'pgid=,pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => {
    const [pgid, pid] = line.trim().split(/\s+/, 2).map(Number);
    return pgid === leader && isProcessAlive(pid as number);
  });
}

/** Returns the process id of a kernel's JVM. */
function jvmOf(leader: number): number {
  const found = group(leader).find((line) => /^\s*\d+\s+\d+\s+\S*java\s/.test(line));
  return Number(found?.trim().split(/\s+/)[1]);
}

/** Returns Spark's reply to a request without authentication; the frame's layout is that of Spark's `RpcRequest`. */
async function unauthenticated(port: number): Promise<string> {
  const frame = Buffer.alloc(22);
  frame.writeBigInt64BE(22n, 0);
  frame.writeInt8(3, 8); // type RpcRequest; an id of 8 bytes follows
  frame.writeInt32BE(1, 17); // the body: one byte
  const socket = net.connect(port, '127.0.0.1', () => socket.write(frame));
  let reply = '';
  for await (const part of socket) {
    reply += part;
    if (/Exception.*\n/.test(reply)) break; // which also closes the connection
  }
  return reply;
}

describe('a kernel', () => {
  let kernel: Kernel;
  const landing = () => path.join(folder, 'landing');

  beforeAll(async () => {
    fs.mkdirSync(path.join(landing(), 'topics'), { recursive: true });
    fs.writeFileSync(path.join(landing(), 'topics', 'a.json'), '{"n": 1}\n{"n": 2}\n');
    kernel = await start({
      state: path.join(folder, 'state-of-runs'),
      secrets: { aws: { key: 'hunter2' } },
    });
  });

  afterAll(() => kernel.stop());

  test('runs every kind of cell, in Python and SQL notebooks, with parameters', async () => {
    notebook('setup.py', 'greeting = f"hello {dbutils.widgets.get(\'who\')}"');
    const main = notebook(
      'main.py',
      magic('%md\n# Nothing to run'),
      'dbutils.widgets.text("schema", "unset")',
      magic('%run ./setup'),
      magic(
        "%sql\nCREATE SCHEMA IF NOT EXISTS IDENTIFIER(:schema);\nUSE IDENTIFIER(:schema); -- it's\nSELECT 'a;b' AS text",
      ),
      'n = _sqldf.count()\nf"{greeting} {n}"',
      'dbutils.notebook.exit(spark.sql("SELECT current_schema()").first()[0])',
    );
    const result = await kernel.run(main, { schema: 'formats', who: 'world' });
    expect(result).toMatchObject({ state: 'success', exit: 'formats' });
    expect(result.output).toContain('a;b');
    expect(result.output).toContain("'hello world 1'");

    const answer = notebook(
      'answer.sql',
      'CREATE WIDGET TEXT least DEFAULT "1"',
      'CREATE OR REPLACE TABLE formats.answer AS SELECT * FROM VALUES (1), (2) AS t(n) WHERE n > :least',
    );
    expect(await kernel.run(answer)).toMatchObject({ state: 'success' });
    expect(await kernel.sql('SELECT n FROM formats.answer')).toEqual([{ n: 2 }]);
  });

  test('a run is forked from a process with one thread that has imported what PySpark imports in every run', async () => {
    const parent = "len(os.listdir(f'/proc/{os.getppid()}/task'))";
    const forked = notebook(
      'forked.py',
      `import os, sys\nprint(${parent}, 'pyspark.testing.utils' in sys.modules)`,
    );
    let output = '';
    await kernel.run(forked, {}, { onOutput: (text) => (output += text) });
    expect(output).toBe('1 True\n');
  });

  test("Hadoop's configuration has no default settings of YARN and MapReduce", async () => {
    const file = notebook(
      'hadoop.py',
      [
        'conf = sc._jvm.org.apache.hadoop.mapred.JobConf()  # loads these settings',
        'names = ["yarn.resourcemanager.hostname", "mapreduce.job.reduces", "io.file.buffer.size"]',
        'dbutils.notebook.exit([conf.get(name) for name in names])',
      ].join('\n'),
    );
    expect(await kernel.run(file)).toMatchObject({ exit: "[None, None, '4096']" });
  });

  test('streams from a mounted bucket into a table with foreachBatch', async () => {
    const stream = notebook(
      'stream.py',
      'dbutils.fs.mount("s3a://landing", "/mnt/demo")\ndbutils.fs.ls("/mnt/demo/topics")',
      [
        'def append(batch, number):',
        '    batch.createOrReplaceTempView("batch_rows")',
        '    batch.sparkSession.sql("INSERT INTO streamed SELECT n FROM batch_rows")',
        'spark.sql("CREATE OR REPLACE TABLE streamed (n INT)")',
        'rows = spark.readStream.schema("n INT").json("/mnt/demo/topics")',
        'rows.writeStream.foreachBatch(append).trigger(availableNow=True).option(',
        '    "checkpointLocation", "/Volumes/main/default/checkpoint").start()',
      ].join('\n'),
    );
    expect(await kernel.run(stream)).toMatchObject({ state: 'success' });
    expect(await kernel.sql('SELECT n FROM streamed ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await kernel.sql('SELECT count(*) AS n FROM json.`dbfs:/mnt/demo/topics`')).toEqual([{ n: 2 }]);
  });

  test('an error names the notebook, cell and line that failed', async () => {
    const inner = notebook('inner.py', 'def half(n):\n    return n / 0');
    const python = notebook('python.py', magic('%md'), magic('%run ./inner'), 'half(1)');
    expect((await kernel.run(python)).error).toMatchObject({
      notebook: inner,
      cell: 1,
      line: 3,
      message: 'ZeroDivisionError: division by zero',
    });

    const statement = notebook(
      'statement.py',
      magic('%sql\nSELECT 1;\nSELECT\n  nope FROM VALUES (1) AS t(n)'),
    );
    const failed = await kernel.run(statement);
    expect(failed.error).toMatchObject({ notebook: statement, cell: 1, line: 5 });
    expect(failed.error?.message).toMatch(/^\[UNRESOLVED_COLUMN\S* .*`nope`/);
    expect(failed.error?.message).not.toContain('Project');

    const batch = notebook(
      'batch.py',
      'def fail(batch, number):\n    raise ValueError("no room")',
      [
        'stream = spark.readStream.schema("n INT").json("/mnt/demo/topics").writeStream.foreachBatch(fail)',
        'stream.trigger(availableNow=True).option("checkpointLocation", "/Volumes/fails").start().awaitTermination()',
      ].join('\n'),
    );
    expect((await kernel.run(batch)).error).toMatchObject({
      notebook: batch,
      cell: 1,
      line: 3,
      message: 'ValueError: no room',
    });
  });

  test('a notebook can print a text that is not valid Unicode', async () => {
    const { state, output } = await kernel.run(notebook('surrogate.py', 'print("half: \\udcff")'));
    expect({ state, output }).toEqual({ state: 'success', output: expect.stringContaining('half: ') });
  });

  test('concurrent runs share no variables and no temporary views', async () => {
    const lines = [
      'import time',
      'dbutils.widgets.text("me", "")',
      'spark.range(int(dbutils.widgets.get("me"))).createOrReplaceTempView("mine")',
      'shared = dbutils.widgets.get("me")',
      'time.sleep(1)',
      'dbutils.notebook.exit(f"{shared} {spark.table(\'mine\').count()}")',
    ];
    const apart = notebook('apart.py', lines.join('\n'));
    const runs = await Promise.all(['1', '2', '3'].map((me) => kernel.run(apart, { me })));
    expect(runs.map((run) => run.exit)).toEqual(['1 1', '2 2', '3 3']);
  });

  test('dbutils.notebook.run runs another notebook as a separate run', async () => {
    notebook('child.py', 'dbutils.notebook.exit(dbutils.widgets.get("n") + str("outer" in globals()))');
    const parent = notebook(
      'parent.py',
      'outer = 1\ndbutils.notebook.exit(dbutils.notebook.run("./child", 60, {"n": 7}))',
    );
    expect(await kernel.run(parent)).toMatchObject({ state: 'success', exit: '7False' });

    const logs = JSON.stringify(path.join(folder, 'state-of-runs', 'logs'));
    const broken = notebook(
      'broken.py',
      [
        'import os',
        `os.rename(${logs}, ${logs} + ".away")`,
        'try:',
        '    dbutils.notebook.run("./child", 60, {"n": 7})',
        'finally:',
        `    os.rename(${logs} + ".away", ${logs})`,
      ].join('\n'),
    );
    const { state, error } = await kernel.run(broken, {}, { timeoutSeconds: 30 });
    expect([state, error?.message]).toEqual(['failed', expect.stringContaining('No such file or directory')]);
  });

  test('redacts secrets in output, errors and logs', async () => {
    const secret = notebook(
      'secret.py',
      'key = dbutils.secrets.get("aws", "key")\nprint(key, len(key))',
      'raise ValueError(f"bad key {key}")',
    );
    const result = await kernel.run(secret, {}, { name: 'secret' });
    expect(result.output).toBe('[REDACTED] 7\n');
    expect(await kernel.run(secret, {}, { keepOutput: false })).toMatchObject({ output: '' });
    expect(result.error?.message).toBe('ValueError: bad key [REDACTED]');
    const logs = path.join(folder, 'state-of-runs', 'logs');
    const texts = fs.readdirSync(logs).map((log) => fs.readFileSync(path.join(logs, log), 'utf8'));
    expect(texts.join()).toContain('[REDACTED] 7\n');
    expect(texts.join()).not.toContain('hunter2');
  });

  test('a canceled run ends, and its streams end too', () => expectCancelEndsStreams(kernel, folder));

  test('a run that exceeds its timeout is ended', async () => {
    const slow = notebook('slow.py', 'import time\ntime.sleep(600)');
    expect((await kernel.run(slow, {}, { timeoutSeconds: 1 })).state).toBe('timedout');
  });

  test('returns rows as JSON without losing digits', async () => {
    const rows = await kernel.sql(
      `SELECT :n AS n, 9007199254740993 AS big, 1.10 AS d, TIMESTAMP '2020-01-02 03:04:05' AS t, array(1.5D, NULL) AS a, named_struct('x', DATE '2020-01-02') AS s`,
      { n: 3 },
    );
    expect(rows).toEqual([
      {
        n: 3,
        big: '9007199254740993',
        d: '1.10',
        t: '2020-01-02T03:04:05Z',
        a: [1.5, null],
        s: { x: '2020-01-02' },
      },
    ]);
    await expect(kernel.sql('SELECT nope')).rejects.toMatchObject({ code: 'SQL_FAILED' });
  });

  test("Spark's internal port rejects other programs", async () => {
    const [port] = await kernel.sql('SET spark.driver.port');
    expect(await unauthenticated(Number(port?.value))).toContain('Expected SaslMessage');
  });
});

describe('kernels with the same state folder', () => {
  const table = (...parts: string[]) => path.join(folder, 'state', 'warehouse', ...parts);

  /** The running kernel. A test that ends it starts the next test's kernel, because a start takes seconds. */
  let kernel: Kernel;
  /** The running kernel's folder of temporary files. */
  let temporary: string;
  const startNext = async () => {
    temporary = fs.mkdtempSync(path.join(folder, 'tmp-'));
    kernel = await start({ environment: { TMPDIR: temporary } });
  };

  beforeEach(async () => {
    // No kernel is running before the first test, nor if a test failed after it had ended its kernel.
    if (kernel === undefined || group(kernel.pid).length === 0) await startNext();
  });
  afterAll(() => kernel?.stop());

  test('a second kernel at the same time is rejected: STATE_IN_USE names the process that uses the state', async () => {
    await expect(start()).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      message: expect.stringContaining(`in use by another kernel, process id ${kernel.pid}`),
    });
  });

  test('a killed kernel leaves no process, its runs fail, and a new kernel has every committed table', async () => {
    const { pid } = kernel;
    await kernel.sql('CREATE SCHEMA killed');
    await kernel.sql('CREATE TABLE killed.kept AS SELECT 1 AS n');
    const mount = notebook(
      'mount.py',
      'dbutils.fs.mount("s3a://kept", "/mnt/kept")\ndbutils.fs.put("/mnt/kept/seen.txt", "1\\n2\\n")',
    );
    expect((await kernel.run(mount)).state).toBe('success');
    const waiting = kernel.run(
      notebook('wait.py', 'import time\nprint("here")\ntime.sleep(600)'),
      {},
      {
        onOutput: () => process.kill(-pid, 'SIGKILL'),
      },
    );
    await expect(waiting).rejects.toMatchObject({
      code: 'KERNEL_ENDED',
      retriable: true,
      message: expect.stringContaining('kernel.log'),
    });
    await until(() => group(pid).length === 0, 120);

    // A kill after Delta's commit leaves a table that the catalog lacks. A kill before the commit leaves only files.
    fs.cpSync(table('killed.db', 'kept'), table('killed.db', 'unknown'), { recursive: true });
    fs.cpSync(table('killed.db', 'kept'), table('in_default'), { recursive: true });
    fs.mkdirSync(table('killed.db', 'uncommitted', '_delta_log'), { recursive: true });
    fs.writeFileSync(table('killed.db', 'uncommitted', 'part-0.parquet'), 'x');
    fs.writeFileSync(
      table('killed.db', 'uncommitted', '_delta_log', '.00000000000000000000.json.1.tmp'),
      'x',
    );

    await startNext();
    await kernel.sql('CREATE TABLE IF NOT EXISTS killed.unknown (n INT)');
    expect(await kernel.sql('SELECT n FROM killed.unknown')).toEqual([{ n: 1 }]);
    await kernel.sql(
      'CREATE OR REPLACE TABLE default.in_default AS SELECT n + 1 AS n FROM default.in_default',
    );
    expect(await kernel.sql('SELECT n FROM in_default')).toEqual([{ n: 2 }]);
    await kernel.sql('CREATE TABLE IF NOT EXISTS killed.uncommitted AS SELECT 5 AS n');
    expect(await kernel.sql('SELECT n FROM killed.uncommitted')).toEqual([{ n: 5 }]);
    expect(await kernel.sql('SELECT n FROM killed.kept')).toEqual([{ n: 1 }]);
    await kernel.sql('DROP TABLE killed.unknown');
    expect(fs.existsSync(table('killed.db', 'unknown'))).toBe(false);
    expect(await kernel.sql('SELECT count(*) AS n FROM text.`/mnt/kept/seen.txt`')).toEqual([{ n: 2 }]);
  });

  test('a normal stop leaves no process and no temporary file, and keeps views and tables with other locations and formats', async () => {
    const first = kernel;
    await first.sql('CREATE SCHEMA places');
    await first.sql('CREATE TABLE places.base AS SELECT 1 AS n');
    // View `a` reads view `z`, although `a` comes first in alphabetical order.
    await first.sql('CREATE VIEW places.z AS SELECT n + 1 AS n FROM places.base');
    await first.sql('CREATE VIEW places.a AS SELECT n + 1 AS n FROM places.z');
    await first.sql(
      `CREATE TABLE places.elsewhere USING DELTA LOCATION '${folder}/elsewhere' AS SELECT 4 AS n`,
    );
    await first.sql('CREATE TABLE places.text USING JSON AS SELECT 5 AS n');
    // A view is saved within seconds, also if it only gets another query, because Spark may be killed.
    const saved = path.join(folder, 'state', 'catalog.json');
    for (const query of ['SELECT 6 AS n', 'SELECT 7 AS n']) {
      await first.sql(`CREATE OR REPLACE VIEW places.again AS ${query}`);
      await until(() => fs.existsSync(saved) && fs.readFileSync(saved, 'utf8').includes(query), 120);
    }
    await first.stop();
    await until(() => group(first.pid).length === 0, 120);
    expect(fs.readdirSync(temporary)).toEqual([]);

    // At one start the views can't be created, because the table that they read is missing.
    fs.renameSync(table('places.db', 'base'), path.join(folder, 'moved'));
    await startNext();
    await expect(kernel.sql('SELECT * FROM places.a')).rejects.toThrow('TABLE_OR_VIEW_NOT_FOUND');
    await kernel.sql('CREATE VIEW places.later AS SELECT 8 AS n');
    const second = kernel;
    await second.stop();
    await until(() => group(second.pid).length === 0, 120);
    expect(fs.readFileSync(saved, 'utf8')).toContain('later');
    fs.renameSync(path.join(folder, 'moved'), table('places.db', 'base'));

    await startNext();
    const rows = await kernel.sql(
      'SELECT a.n AS a, e.n AS e, t.n AS t FROM places.a AS a, places.elsewhere AS e, places.text AS t',
    );
    expect(rows).toEqual([{ a: 3, e: 4, t: 5 }]);
    await kernel.sql('DROP SCHEMA places CASCADE');
  });

  test.each([
    ['only the kernel is killed', ({ pid }: Kernel) => process.kill(pid, 'SIGKILL')],
    ["the kernel's standard input is closed", (first: Kernel) => void first.stop()],
    ['only the JVM is killed', ({ pid }: Kernel) => process.kill(jvmOf(pid), 'SIGKILL')],
  ])(
    'if %s, the kernel and all its processes end, and a new kernel can use the state folder',
    async (_, end) => {
      const first = kernel;
      const run = first.run(
        notebook('wait.py', 'import time\nprint("here")\ntime.sleep(600)'),
        {},
        { onOutput: () => end(first) },
      );
      await run.catch(() => undefined);
      await startNext();
      await until(() => group(first.pid).length === 0, 120);
    },
  );
});

describe('the error of a kernel that cannot start explains what to do', () => {
  /** Returns a state folder in which `file` is truncated. */
  const damaged = (file: string) => {
    const state = path.join(folder, `damaged ${file}`);
    fs.mkdirSync(state);
    fs.writeFileSync(path.join(state, file), '{"a": ');
    return state;
  };

  test.each([
    ['PYTHON_BROKEN', 'AppError', () => ({ installed: { ...installed, python: '/nowhere/python' } })],
    ['JAVA_BROKEN', 'AppError', () => ({ installed: { ...installed, java: '/nowhere' } })],
    ['STATE_NOT_WRITABLE', 'FileError', () => ({ state: '/dev/null/nowhere' })],
    ['STATE_BROKEN', 'AppError', () => ({ state: damaged('catalog.json') })],
    ['STATE_BROKEN', 'AppError', () => ({ state: damaged('mounts.json') })],
  ])('%s is explained in one sentence', async (code, name, options) => {
    await expect(start(options())).rejects.toMatchObject({
      code,
      name,
      message: expect.stringMatching(/^[^\n]+\.$/),
    });
  });
});

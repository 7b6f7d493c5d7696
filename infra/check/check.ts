/** `npm run infra check`: sends a marked record into each pipeline and follows it, in AWS or in the emulators on this machine. */
import type { Connection } from '../../src/databricks/connection.ts';
import { defaultCatalog } from '../../src/databricks/default-catalog.ts';
import { openSql, type Sql } from '../../src/databricks/sql.ts';
import { UsageError } from '../../src/errors.ts';
import { bucketName, stackName } from '../../src/names.ts';
import type { Settings } from '../../src/settings.ts';
import { makeAws } from '../doctor/aws.ts';
import { stackState } from '../doctor/questions.ts';
import { readInfraSettings } from '../settings.ts';
import { batchHops } from './batch.ts';
import { type Landing, landingBucket, landingFolder } from './landing.ts';
import { type Marked, markedRecord } from './marked.ts';
import { streamHops } from './stream.ts';
import { tableHop } from './table.ts';
import { type Hop, walk } from './walk.ts';

export interface CheckOptions {
  /** The bucket's name, or the folder that the local S3 sink fills; by default the pipeline's bucket. */
  readonly bucket: string | undefined;
  /** Seconds to wait for an object or a row; by default as long as the sink takes to close an object. */
  readonly waitSeconds: number | undefined;
  /** The interval between two searches for an object or a row, in milliseconds. */
  readonly intervalMs?: number;
}

/** Sinks and jobs take minutes, and AWS charges for each search. */
const INTERVAL_MS = 5000;

/** How long the sink may take to start the upload of an object after closing it. */
const MARGIN_SECONDS = 120;

/** Checks both pipelines. Returns the exit code: 0 if the records passed every hop. */
export async function check(
  settings: Settings,
  connection: Connection | undefined,
  { bucket, waitSeconds, intervalMs = INTERVAL_MS }: CheckOptions,
  say: (line: string) => void,
): Promise<number> {
  const { connect } = readInfraSettings(settings.id, settings.aws);
  const waitMs = (waitSeconds ?? connect.rotateMinutes * 60 + MARGIN_SECONDS) * 1000;
  const waiting = { waitMs, intervalMs: Math.min(intervalMs, waitMs) };
  const { rest, gateway, kinesis, id } = settings;
  const invokeUrl = await deployedApi(settings);
  const restUrl = settings.named.has('REST_URL') ? rest.url : invokeUrl;
  const gatewayUrl = gateway.url ?? invokeUrl;
  if (restUrl === undefined || gatewayUrl === undefined)
    throw new UsageError(
      `Pipeline ${id} has no API in ${settings.aws.region ?? 'AWS (AWS_REGION is not set)'}: deploy it, or set REST_URL and GATEWAY_URL.`,
    );
  const common = { region: kinesis.region };
  const restEndpoint = {
    ...common,
    url: restUrl,
    setting: 'REST_URL',
    apiKey: rest.apiKey,
    signed: rest.auth === undefined ? undefined : rest.auth === 'iam',
  };
  const gatewayEndpoint = {
    ...common,
    url: gatewayUrl,
    setting: 'GATEWAY_URL',
    apiKey: gateway.apiKey,
    signed: true,
  };
  const landing = landingOf(settings, bucket);

  const batch = await walked('Batch pipeline', {
    hops: (marked) => batchHops({ id, endpoint: restEndpoint, landing, ...waiting }, marked),
    table: { schema: settings.tables.schema, job: 'batch' },
  });
  const stream = await walked('Streaming pipeline', {
    hops: (marked) => streamHops({ id, endpoint: gatewayEndpoint, kinesis }, marked),
    table: { schema: settings.tables.streamSchema, job: 'stream' },
  });
  return batch && stream ? 0 : 1;

  async function walked(name: string, { hops, table }: Pipeline): Promise<boolean> {
    const marked = markedRecord();
    const sql = connection && lazySql(settings, connection, table.schema);
    try {
      const last = sql === undefined ? [] : [tableHop({ ...table, sql, ...waiting }, marked)];
      const passed = await walk(name, [...hops(marked), ...last], say);
      if (passed && connection === undefined)
        say('--  table: not checked, because DATABRICKS_HOST and DATABRICKS_TOKEN are not set');
      return passed;
    } finally {
      await sql?.close();
    }
  }
}

interface Pipeline {
  readonly hops: (marked: Marked) => Hop[];
  readonly table: { readonly schema: string; readonly job: string };
}

/** Returns the invoke URL of the deployed API, or undefined if none is deployed or no region is set. */
async function deployedApi({ id, aws, named, gateway }: Settings): Promise<string | undefined> {
  if (aws.region === undefined || (named.has('REST_URL') && gateway.url !== undefined)) return undefined;
  const state = await stackState(makeAws(aws.region, aws.endpoint), stackName(id, 'ingress'));
  return state?.outputs.InvokeUrl?.replace(/\/+$/, '');
}

function landingOf({ id, aws }: Settings, bucket: string | undefined): Landing {
  if (bucket !== undefined && /^(file:|[./~])|[\\/]/.test(bucket)) return landingFolder(bucket);
  if (aws.region === undefined)
    throw new UsageError('AWS_REGION is not set: it must name the region of the bucket.');
  return landingBucket(makeAws(aws.region, aws.endpoint), bucket ?? bucketName(id));
}

/** Returns a SQL session that is opened at the first query, because opening it may start a warehouse, which costs money. */
function lazySql({ tables, databricks }: Settings, connection: Connection, schema: string) {
  const { warehouse } = databricks;
  let opened: Promise<Sql> | undefined;
  const open = async () => {
    const catalog = tables.catalog ?? (await defaultCatalog(connection, warehouse));
    return openSql(connection, { warehouse, catalog, schema });
  };
  return {
    async query(...args: Parameters<Sql['query']>) {
      opened ??= open();
      return await (await opened).query(...args);
    },
    close: async () => opened?.then((sql) => sql.close()).catch(() => {}),
  };
}

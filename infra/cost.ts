/** Calculates from a dated price list what the deployed stacks cost a month, even if they are not used. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readYaml } from '../src/files/read.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { watched } from './alarms/watched.ts';
import { CLIENT_DISK_GB, SESSION_MANAGER } from './kafka/configuration.ts';
import { PARTS, type StackPart } from './parts.ts';
import type { InfraSettings } from './settings.ts';

const HOURS = 730;
const prices = z.record(z.string(), z.number());
const schema = z.object({ date: z.iso.date(), factors: prices, hour: prices, month: prices });

const readPrices = () => schema.parse(readYaml(fileURLToPath(new URL('prices.yml', import.meta.url))));

interface CostLine {
  readonly part: StackPart | 'workspace';
  readonly what: string;
  readonly quantity: number;
  /** Dollars a month; undefined if the list has no price. */
  readonly usd: number | undefined;
}

export interface Cost {
  /** The date of the price list. */
  readonly date: string;
  /** The region's prices relative to those of us-east-1; undefined if the price list has no factor for the region. */
  readonly factor: number | undefined;
  readonly lines: readonly CostLine[];
  /** The sum of the stacks, without the workspace's machines. */
  readonly sum: number;
}

type Quantity = readonly [part: CostLine['part'], what: string, quantity: number];

/** Returns the cost by part, without costs that depend on use: requests, gigabytes, log volume. */
export function monthlyCost(settings: InfraSettings, region: string | undefined): Cost {
  const { date, factors, hour, month } = readPrices();
  const factor = factors[region ?? 'us-east-1'];
  const lines = quantities(settings).map(([part, what, quantity]): CostLine => {
    const price = month[what] ?? (hour[what] === undefined ? undefined : hour[what] * HOURS);
    return { part, what, quantity, usd: price === undefined ? undefined : price * quantity * (factor ?? 1) };
  });
  const own = lines.filter(({ part }) => part !== 'workspace');
  return { date, factor, lines, sum: own.reduce((sum, { usd = 0 }) => sum + usd, 0) };
}

/** The partitions of MSK Connect's own topics: 1 for its configuration, 25 for offsets, 5 for states. */
const CONNECT_PARTITIONS = 31;

function quantities(settings: InfraSettings): Quantity[] {
  const { kafka, connect, streams, source, orchestration } = settings;
  const brokers = kafka.zones * kafka.brokersPerZone;
  const provisioned = kafka.cluster === 'provisioned';
  const airflow = orchestration.enabled;
  return [
    streams.mode === 'on-demand'
      ? ['streams', 'on-demand stream', datasets.length]
      : ['streams', 'shard', datasets.length * streams.shards],
    ...(provisioned
      ? ([
          ['kafka', kafka.brokerInstance, brokers],
          ['kafka', 'broker storage GB', brokers * kafka.brokerStorageGb],
        ] as const)
      : ([
          ['kafka', 'serverless cluster', 1],
          ['kafka', 'serverless partition', datasets.length * kafka.partitions + CONNECT_PARTITIONS],
        ] as const)),
    ['kafka', 'interface endpoint', SESSION_MANAGER.length],
    ['client', kafka.clientInstance, 1],
    ['client', 'disk GB', CLIENT_DISK_GB],
    ['client', 'machine metrics', 1],
    ['connect', 'capacity unit', connect.workers * connect.capacityUnits],
    ['ingress', 'load balancer', 1],
    ['alarms', 'alarm', watched(settings, { balancer: '', targets: '' }).length],
    ['alarms', 'dashboard', 1],
    ...(source.enabled
      ? ([
          ['source', source.instance, 1],
          ['source', 'database storage GB', source.storageGb],
          ['source', 'secret', 1],
        ] as const)
      : []),
    ...(airflow
      ? ([
          ['kafka', 'nat gateway', 1],
          ['kafka', 'public address', 1],
          ['orchestration', orchestration.environmentClass, 1],
          ['orchestration', 'secret', 2],
        ] as const)
      : []),
    // The cluster of jobs/stream.yml, which runs all day in production.
    ['workspace', 'm6gd.2xlarge', 1],
  ];
}

const dollars = (usd: number): string => `$${usd.toFixed(usd < 10 ? 2 : 0)}`;

const NO_PRICE = 'no price';

/** Returns the sum of the lines' prices as text. The text mentions lines without a price instead of counting them as free. */
function sumOf(lines: readonly CostLine[]): string {
  const priced = lines.filter(({ usd }) => usd !== undefined);
  if (priced.length === 0) return NO_PRICE;
  const sum = dollars(priced.reduce((total, { usd = 0 }) => total + usd, 0));
  return priced.length === lines.length ? sum : `${sum} plus items with ${NO_PRICE}`;
}

const MONTH_MS = (365 / 12) * 24 * 3_600_000;
/** Age from which the output asks the user to check the prices. */
const OLD_MONTHS = 6;

/** Returns the table that `npm run infra cost` prints: the sum of each part, followed by its items. */
export function costLines(
  settings: InfraSettings,
  region: string | undefined,
  now: number = Date.now(),
): string[] {
  const { date, factor, lines, sum } = monthlyCost(settings, region);
  const where =
    factor === undefined
      ? `at the prices of us-east-1, because the list has none for ${region}`
      : `in ${region ?? 'us-east-1'}`;
  const months = Math.floor((now - Date.parse(date)) / MONTH_MS);
  const age = months < OLD_MONTHS ? '' : ` (${months} months ago: compare with https://calculator.aws)`;
  const row = (what: string, usd: string) => `${what.padEnd(32)} ${usd.padStart(8)}`;
  const item = ({ what, quantity, usd }: CostLine) =>
    `  ${row(`${quantity} × ${what}`, usd === undefined ? NO_PRICE : dollars(usd))}`;
  const table = (part: CostLine['part'], items: readonly CostLine[]) => [
    row(part, sumOf(items)),
    ...items.map(item),
  ];
  const own = lines.filter(({ part }) => part !== 'workspace');
  const workspace = lines.filter(({ part }) => part === 'workspace');
  return [
    `A month of profile ${settings.profile} ${where}, list prices as known on ${date}${age}, without tax:`,
    ...PARTS.flatMap((part) => {
      const items = lines.filter((line) => line.part === part);
      return items.length === 0 ? [] : table(part, items);
    }),
    row('sum', sumOf(own)),
    `About ${dollars(sum / HOURS)} an hour, ${dollars((sum / HOURS) * 24)} a day, used or not, plus charges for requests, data volume and logs.`,
    'Databricks bills its own units. Its machines in your account, billed by AWS while the stream job runs (all day in production):',
    ...table('workspace', workspace),
    `The budget of the whole account is $${settings.alarms.monthlyBudgetUsd} (alarms.monthlyBudgetUsd).`,
  ];
}

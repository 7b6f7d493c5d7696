/** `npm run infra doctor`: finds what would make a deployment fail, before anything is deployed. */

import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { printable } from '../../src/visible.ts';
import { type BucketKind, bucketIn } from '../bucket-kinds.ts';
import { isNotCreated, wasCreated } from '../deploy/states.ts';
import type { StackPart } from '../parts.ts';
import type { Session } from '../session.ts';
import type { InfraSettings } from '../settings.ts';
import { ENGINE_VERSION } from '../source/database.ts';
import type { Aws } from './aws.ts';
import { bootstrapProblem, MIN_BOOTSTRAP } from './bootstrap.ts';
import { missingArtifacts, uploadAirflow, uploadArtifacts } from './buckets.ts';
import {
  bucketState,
  type Caller,
  countInEc2,
  kafkaVersions,
  mysqlVersions,
  onDemandStreams,
  quota,
  stackState,
} from './questions.ts';
import { zoneProblem } from './zones.ts';

/** The result of a check. If `good` is false, the text names the remedy. */
interface Finding {
  readonly good: boolean;
  readonly text: string;
}
type Check = () => Promise<Finding>;

const good = (text: string): Finding => ({ good: true, text });
const bad = (text: string): Finding => ({ good: false, text });

/** Prints a line for each check. Returns the exit code, 1 if a check failed. */
export async function examine(session: Session, { upload }: { upload: boolean }): Promise<number> {
  const { aws, infra, caller, settings } = session;
  if (upload) await fillBuckets(session);
  let well = true;
  for (const [name, check] of Object.entries(checks(aws, infra, caller, settings.cache))) {
    const finding = await check().catch((error: unknown) => {
      // The other checks run even if the credentials lack the rights for this check.
      if (error instanceof AppError) return bad(error.message);
      throw error;
    });
    console.log(printable(`${finding.good ? 'ok' : '!!'}  ${name.padEnd(12)} ${finding.text}`));
    well &&= finding.good;
  }
  return well ? 0 : 1;
}

/**
 * Uploads to the buckets the files that later stacks need.
 * @throws AppError before any download, if stack storage does not exist
 */
export async function fillBuckets({ aws, infra, caller, settings: { cache } }: Session): Promise<void> {
  const bucket = (kind: BucketKind) => bucketIn(infra.id, kind, caller.account, aws.region);
  const artifacts = bucket('artifacts');
  if ((await bucketState(aws, artifacts)) === 'free')
    throw new AppError(
      'NO_BUCKET',
      `Bucket ${artifacts} does not exist: run "npm run infra deploy storage", which also uploads the files.`,
    );
  await uploadArtifacts(aws, { bucket: artifacts, cache }, console.log);
  if (infra.orchestration.enabled) await uploadAirflow(aws, bucket('airflow'), console.log);
}

function checks(aws: Aws, infra: InfraSettings, caller: Caller, cache: string): Record<string, Check> {
  const { id, kafka, orchestration } = infra;
  const bucket = (kind: BucketKind) => bucketIn(id, kind, caller.account, aws.region);
  const stateOf = (part: StackPart) => stackState(aws, stackName(id, part));
  /** Checks that the quota allows `needed` more resources. Skips the check if their stack `part` was created. */
  const room = async (
    part: StackPart,
    needed: number,
    used: () => Promise<number>,
    service: string,
    code: string,
  ) => {
    if (wasCreated(await stateOf(part))) return good('already deployed');
    const [there, limit] = [await used(), await quota(aws, service, code)];
    if (limit === undefined) return good(`${there} used; Service Quotas has no limit`);
    const usage = `${there} of ${limit} used, ${needed} needed`;
    return there + needed <= limit ? good(usage) : bad(`${usage}: request more in Service Quotas (${code})`);
  };
  return {
    credentials: async () => good(`account ${caller.account}, as ${caller.arn}`),
    region: async () => {
      const problem = await zoneProblem(aws, infra);
      return problem === undefined
        ? good(`${aws.region} has ${kafka.zones} zones for the brokers`)
        : bad(problem);
    },
    bootstrap: async () => {
      const problem = await bootstrapProblem(aws, caller.account);
      return problem === undefined
        ? good(`the CDK's own stack, version ${MIN_BOOTSTRAP} or later`)
        : bad(problem);
    },
    bucket: async () => {
      const landing = bucket('landing');
      const state = await bucketState(aws, landing);
      if (state === 'denied')
        return bad(
          `${landing} exists, and these credentials can't access it in ${aws.region}: use its account and region, or choose another PIPELINE_ID`,
        );
      if (state === 'ours' && isNotCreated(await stateOf('storage')))
        return bad(
          `${landing} exists without stack storage, which would create it: delete it with "npm run infra destroy -- --data", or choose another PIPELINE_ID`,
        );
      return good(`${landing} is ${state === 'ours' ? "the pipeline's" : 'free'}`);
    },
    ...(kafka.cluster === 'provisioned' && { kafka: async () => kafkaVersion(aws, kafka.version) }),
    vpcs: () => room('kafka', 1, () => countInEc2(aws, 'DescribeVpcs', 'vpcId'), 'vpc', VPCS),
    ...(orchestration.enabled && {
      // The address belongs to stack kafka, which exists without it if Airflow was enabled later.
      addresses: () =>
        room('orchestration', 1, () => countInEc2(aws, 'DescribeAddresses', 'publicIp'), 'ec2', ADDRESSES),
    }),
    ...(infra.source.enabled && {
      database: async () => {
        const versions = await mysqlVersions(aws, infra.source.instance);
        const offer = `${infra.source.instance} with MySQL ${ENGINE_VERSION} in ${aws.region}`;
        return versions.some((version) => version.startsWith(`${ENGINE_VERSION}.`))
          ? good(`RDS offers ${offer}`)
          : bad(`RDS doesn't offer ${offer}: set source.instance to another class in infra/settings.yml`);
      },
    }),
    streams: async () => {
      if (infra.streams.mode === 'provisioned') return good('provisioned: the limit is 200 shards or more');
      if (wasCreated(await stateOf('streams'))) return good('already deployed');
      const { used, limit } = await onDemandStreams(aws);
      const usage = `${used} of ${limit} on-demand streams used, ${datasets.length} needed`;
      return used + datasets.length <= limit ? good(usage) : bad(`${usage}: request more from AWS`);
    },
    artifacts: async () => {
      if (!wasCreated(await stateOf('storage')))
        return good('no bucket for them yet: "npm run infra deploy" creates and fills it');
      const missing = await missingArtifacts(aws, { bucket: bucket('artifacts'), cache });
      if (missing.length === 0) return good(`all in ${bucket('artifacts')}, as recorded`);
      return bad(
        `${missing.map(({ file }) => file).join(', ')} missing: "npm run infra doctor -- --upload" fetches and records them`,
      );
    },
  };
}

async function kafkaVersion(aws: Aws, version: string): Promise<Finding> {
  const versions = await kafkaVersions(aws);
  const status = versions.get(version);
  if (status === 'ACTIVE') return good(`MSK offers Kafka ${version} in ${aws.region}`);
  const active = [...versions.keys()].filter((one) => versions.get(one) === 'ACTIVE');
  return bad(
    `MSK doesn't offer Kafka ${version} in ${aws.region} (${status ?? 'not listed'}): set kafka.version in infra/settings.yml to an active version (${active.join(', ')}), and the version of the client's Kafka in infra/artifacts.ts`,
  );
}

/** Codes of Service Quotas: VPCs in a region, and Elastic IP addresses. */
const VPCS = 'L-F678F1CE';
const ADDRESSES = 'L-0263D0A3';

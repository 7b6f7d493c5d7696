/** `npm run infra [synth|diff|cost|doctor|deploy|workspace|check|seed|destroy]`: the AWS stacks, through the CDK's command line. */

import { createRequire } from 'node:module';
import { SEEDED_POSTS, TUNNEL } from '../infra/source/database.ts';
import { stackName } from '../src/names.ts';
import { programArgs } from '../src/program.ts';
import { ROOT } from '../src/root.ts';
import { readSettings, type Settings } from '../src/settings.ts';
import { runInTerminal } from '../src/terminal-program.ts';
import { printable } from '../src/visible.ts';
import { confirm } from './confirm.ts';
import { confirmed, type InfraFlags, parseInfraFlags, TEMPLATES } from './infra/flags.ts';

export { parser } from './infra/flags.ts';

const APP = new URL('../infra/app.ts', import.meta.url);

/**
 * Resolves with the exit code: 0 when done, 1 if the doctor or a check found a fault or the user declined, or the CDK's
 * exit code if the CDK failed.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseInfraFlags(args);
  if (flags.action === 'synth') return await synth(true);
  const settings = readSettings();
  if (flags.action === 'cost') return await cost(settings);
  const { requireId, requireOneIdentity, signIn } = await import('../infra/session.ts');
  requireOneIdentity(settings);
  if (flags.action === 'check') return await check(settings, flags);
  if (flags.action !== 'doctor') requireId(settings);
  // Credentials are checked first, because the CDK would report missing credentials only after a minute and less clearly.
  const session = await signIn(settings);
  if (flags.action === 'doctor')
    return await (await import('../infra/doctor/doctor.ts')).examine(session, flags);
  const agrees = (question: string) =>
    flags.yes ? Promise.resolve(true) : confirm(question, { command: confirmed(flags) });
  if (flags.action === 'diff') return await diff(settings, flags);
  if (flags.action === 'seed') {
    const { seed } = await import('../infra/source/seed.ts');
    return await seed(session, { via: flags.via ?? TUNNEL, count: flags.count ?? SEEDED_POSTS }, say);
  }
  if (flags.action === 'workspace') {
    const { linkWorkspace } = await import('../infra/unity-catalog.ts');
    const { connect } = await import('../src/databricks/client.ts');
    const { readConnection } = await import('../src/databricks/connection.ts');
    return await linkWorkspace(session, connect(await readConnection(settings)), say);
  }
  if (flags.action === 'deploy') {
    const { deploy } = await import('../infra/deploy/deploy.ts');
    const { fillBuckets } = await import('../infra/doctor/doctor.ts');
    const tools = { say, agrees, synth: () => synth(false), cdk, fillBuckets, now: Date.now };
    return await deploy(session, { parts: flags.stacks, keep: flags.keep }, tools);
  }
  const { destroy } = await import('../infra/deploy/destroy.ts');
  return await destroy(session, { ...flags, parts: flags.stacks }, { say, agrees });
}

const say = (line: string) => console.log(printable(line));

async function cost({ id, aws }: Settings): Promise<number> {
  const { costLines } = await import('../infra/cost.ts');
  const { readInfraSettings } = await import('../infra/settings.ts');
  for (const line of costLines(readInfraSettings(id, aws), aws.region)) console.log(line);
  return 0;
}

async function check(settings: Settings, { bucket, wait: waitSeconds }: InfraFlags): Promise<number> {
  const { check } = await import('../infra/check/check.ts');
  const { readConnection } = await import('../src/databricks/connection.ts');
  const connection = settings.databricks.host ? await readConnection(settings) : undefined;
  return await check(settings, connection, { bucket, waitSeconds }, say);
}

async function diff({ id }: Settings, { stacks }: InfraFlags): Promise<number> {
  const code = await synth(false);
  const names = stacks.length > 0 ? stacks.map((part) => stackName(id, part)) : ['--all'];
  return code === 0 ? await child([program(), 'diff', ...names, ...COMMON]) : code;
}

/** Writes the templates. Needs neither credentials, nor a network, nor the CDK's command line. */
async function synth(aloud: boolean): Promise<number> {
  const code = await child([...programArgs(APP), TEMPLATES]);
  if (code === 0 && aloud) console.log(`The templates of all stacks are in ${TEMPLATES}.`);
  return code;
}

const program = () => createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
const COMMON = ['--app', TEMPLATES, '--no-notices', '--no-version-reporting'];

/** Runs the CDK's command line on one stack, with the templates that `synth` wrote. */
const cdk = (verb: 'deploy' | 'rollback', stack: string, flags: readonly string[]) =>
  child([program(), verb, stack, ...COMMON, ...flags]);

/** Runs Node in the project's folder; resolves with its exit code. */
const child = (args: readonly string[]): Promise<number> =>
  runInTerminal(process.execPath, args, { cwd: ROOT });

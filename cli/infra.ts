/** `npm run infra [synth|diff|deploy|destroy|doctor]`: the AWS stacks, by the CDK's own command line. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStackPart, STACKS, type StackPart, WITHOUT_BUCKETS } from '../infra/parts.ts';
import { commandLine, refuseFlagsTakenByNpm } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import { stackName } from '../src/names.ts';
import { readSettings, type Settings } from '../src/settings.ts';
import { runInTerminal } from '../src/terminal-program.ts';

const ACTIONS = ['synth', 'diff', 'deploy', 'destroy', 'doctor'] as const;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const APP = path.join('infra', 'app.ts');
/** Where the templates go. */
const OUT = path.join('infra', 'cdk.out');

/** Exit code 0 when done; that of the CDK when it says otherwise, and 1 when the doctor found something. */
export async function run(args: readonly string[]): Promise<number> {
  const { action, stacks, yes, keep, upload } = parse(args);
  if (action === 'synth') return await synth();
  const settings = readSettings();
  const doctor = await import('../infra/doctor/doctor.ts');
  if (action === 'doctor') return await doctor.examine(settings, { upload });
  // Asked before the CDK is, which would say it after a minute and in its own words.
  await doctor.signedIn(settings);
  if (action === 'diff') return await cdk('diff', settings, stacks);
  if (action === 'destroy') return await cdk('destroy', settings, stacks, yes ? ['--force'] : []);
  const flags = ['--require-approval', yes ? 'never' : 'broadening', ...(keep ? ['--no-rollback'] : [])];
  return await deploy(settings, stacks, flags, doctor.fillBuckets);
}

/** The machines of later stacks fetch what they need from buckets of the first: it comes alone, and is filled. No stacks are all. */
async function deploy(
  settings: Settings,
  stacks: readonly StackPart[],
  flags: readonly string[],
  fillBuckets: (settings: Settings) => Promise<void>,
): Promise<number> {
  if (stacks.length > 0 && stacks.every((part) => WITHOUT_BUCKETS.includes(part)))
    return await cdk('deploy', settings, stacks, flags);
  const storage = await cdk('deploy', settings, ['storage'], flags);
  if (storage !== 0) return storage;
  await fillBuckets(settings);
  return await cdk('deploy', settings, stacks, flags);
}

function parse(args: readonly string[]) {
  refuseFlagsTakenByNpm('infra', ['keep', 'upload']);
  const flags = commandLine(
    'npm run infra [action] [stack…] -- [flags]',
    'The AWS stacks of the pipeline; docs/aws.md is their guide.',
    args,
  )
    .command('$0 [action] [stacks..]', false, (command) =>
      command
        .positional('action', { type: 'string', default: 'synth', describe: ACTIONS.join(', ') })
        .positional('stacks', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe:
            'diff, deploy, destroy: these (storage, kafka, …) and what goes with them; all when left out',
        }),
    )
    .options({
      yes: { type: 'boolean', default: false, describe: 'deploy or destroy without asking' },
      keep: { type: 'boolean', default: false, describe: 'deploy: leave what was made when it fails' },
      upload: { type: 'boolean', default: false, describe: 'doctor: fetch what is missing in the buckets' },
    })
    .example('npm run infra synth', `templates in ${OUT}, offline`)
    .example('npm run infra doctor', 'credentials, region, quotas, artifacts: before anything is deployed')
    .example('npm run infra deploy', 'all stacks, in their order; asks before it changes who may do what')
    .example('npm run infra diff kafka', 'what a deployment of one stack would change')
    .example('npm run infra destroy -- --yes', 'all stacks; the buckets stay, with all they hold')
    .epilogue('infra/settings.yml says what is made; PIPELINE_ID and AWS_REGION say whose it is, and where.')
    .parseSync();
  const action = ACTIONS.find((one) => one === flags.action);
  if (!action) throw new UsageError(`The action is ${ACTIONS.join(', ')}, not ${flags.action}. See --help.`);
  const words = flags.stacks as string[];
  const stranger = words.find((word) => !isStackPart(word));
  if (stranger !== undefined)
    throw new UsageError(`There is no stack "${stranger}": ${Object.keys(STACKS).join(', ')}.`);
  if (words.length > 0 && (action === 'synth' || action === 'doctor'))
    throw new UsageError(`"npm run infra ${action}" is about all stacks: leave out ${words.join(' ')}.`);
  if (flags.keep && action !== 'deploy')
    throw new UsageError('--keep is a flag of a deployment: "npm run infra deploy -- --keep".');
  if (flags.upload && action !== 'doctor')
    throw new UsageError('--upload is a flag of the doctor: "npm run infra doctor -- --upload".');
  return {
    action,
    stacks: words.filter(isStackPart),
    yes: flags.yes,
    keep: flags.keep,
    upload: flags.upload,
  };
}

/** The app alone makes the templates: no credentials, no network, not even the CDK's command line. */
async function synth(): Promise<number> {
  const code = await child(['--import', tsx(), APP, OUT]);
  if (code === 0) console.log(`The templates of all stacks are in ${OUT}.`);
  return code;
}

/** The CDK's command line, which runs the app itself, by a shell; no stacks are all. */
function cdk(
  verb: 'diff' | 'deploy' | 'destroy',
  { id }: Settings,
  stacks: readonly StackPart[],
  flags: readonly string[] = [],
): Promise<number> {
  const program = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
  const names = stacks.length > 0 ? stacks.map((part) => stackName(id, part)) : ['--all'];
  const common = [
    '--app',
    `node --import tsx ${APP}`,
    '--output',
    OUT,
    '--no-notices',
    '--no-version-reporting',
  ];
  return child([program, verb, ...names, ...common, ...flags]);
}

const tsx = () => createRequire(import.meta.url).resolve('tsx');

/** Runs Node in the project's folder; resolves with its exit code. */
const child = (args: readonly string[]): Promise<number> =>
  runInTerminal(process.execPath, args, { cwd: ROOT });

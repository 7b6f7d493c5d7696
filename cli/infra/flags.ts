/** The arguments and flags of `npm run infra`. */
import path from 'node:path';
import { isStackPart, PARTS } from '../../infra/parts.ts';
import { SEEDED_POSTS, TUNNEL } from '../../infra/source/database.ts';
import { HOST_PORT, hostPort } from '../../src/address.ts';
import { commandLine, wholeNumber } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';

const ACTIONS = [
  'synth',
  'diff',
  'cost',
  'doctor',
  'deploy',
  'workspace',
  'check',
  'seed',
  'destroy',
] as const;
type Action = (typeof ACTIONS)[number];

/** The folder of the templates. */
export const TEMPLATES = path.join('infra', 'cdk.out');

export type InfraFlags = ReturnType<typeof parseInfraFlags>;

/** Flags that only one action accepts. */
const ONLY = {
  keep: 'deploy',
  upload: 'doctor',
  force: 'destroy',
  data: 'destroy',
  bucket: 'check',
  wait: 'check',
  via: 'seed',
  count: 'seed',
} as const;

const WITH_STACKS: readonly Action[] = ['diff', 'deploy', 'destroy'];

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run infra [action] [stack…] -- [flags]',
    'Deploys, checks and destroys the AWS stacks of the pipeline; docs/aws.md describes each step.',
    args,
    {
      yes: { type: 'boolean', default: false, describe: 'deploy or destroy without asking' },
      keep: {
        type: 'boolean',
        default: false,
        describe:
          'deploy: keep the resources of a failed stack for inspection; the next deploy rolls the stack back',
      },
      upload: {
        type: 'boolean',
        default: false,
        describe: 'doctor: download artifacts that are missing and upload them to the buckets',
      },
      force: {
        type: 'boolean',
        default: false,
        describe: 'destroy: continue even if a job or producer is still running',
      },
      data: {
        type: 'boolean',
        default: false,
        describe: 'destroy: also delete the buckets, with every version of every object',
      },
      bucket: {
        type: 'string',
        requiresArg: true,
        describe: "check: a bucket's name, or the folder that the local S3 sink fills",
      },
      via: {
        type: 'string',
        requiresArg: true,
        describe: `seed: host:port at which the tunnel to the source database listens (default: ${TUNNEL})`,
      },
      count: {
        requiresArg: true,
        describe: `seed: how many posts the source database should contain (default: ${SEEDED_POSTS})`,
      },
      wait: { requiresArg: true, describe: 'check: seconds to wait for an object or a row' },
    },
  )
    .command('$0 [action] [stacks..]', false, (command) =>
      command
        .positional('action', { type: 'string', default: 'synth', describe: ACTIONS.join(', ') })
        .positional('stacks', {
          type: 'string',
          array: true,
          describe:
            'diff: these stacks (storage, kafka, …); deploy: also the stacks that they need; destroy: also the stacks that need them (default: all)',
        }),
    )
    .example('npm run infra synth', `writes the templates to ${TEMPLATES}, offline`)
    .example('npm run infra cost', 'shows the monthly cost of each stack of infra/settings.yml, offline')
    .example(
      'npm run infra doctor',
      'checks credentials, region, quotas and artifacts before anything is deployed',
    )
    .example(
      'npm run infra deploy',
      'deploys all stacks in order, after one confirmation; run it again after any failure',
    )
    .example('npm run infra diff kafka', 'shows what a deployment of one stack would change')
    .example(
      'npm run infra workspace',
      "creates Unity Catalog's credentials and external location for the deployed roles",
    )
    .example(
      'npm run infra check',
      'sends a marked record into each pipeline and reports when it reached each service',
    )
    .example('npm run infra seed', 'fills the source database with posts, through a tunnel; idempotent')
    .example(
      'npm run infra destroy',
      'destroys all stacks, after one confirmation; keeps the buckets and their contents',
    )
    .epilogue(
      'infra/settings.yml sets the profile, trial or production; PIPELINE_ID and AWS_REGION set the pipeline and its region.',
    );

/** Returns the same command with --yes. It names the stacks, because a command without names applies to all stacks. */
export const confirmed = ({ action, stacks, ...flags }: InfraFlags): string => {
  const given = (['keep', 'force', 'data'] as const).filter((name) => flags[name]).map((name) => `--${name}`);
  return ['npm run infra', action, ...stacks, '--', ...given, '--yes'].join(' ');
};

/** @throws UsageError if the action does not accept an argument or flag */
export function parseInfraFlags(args: readonly string[]) {
  const flags = parser(args).parseSync();
  const action = ACTIONS.find((one) => one === flags.action);
  if (!action)
    throw new UsageError(`The action must be ${ACTIONS.join(', ')}, not ${flags.action}. See --help.`);
  const words = (flags.stacks ?? []) as string[];
  const stranger = words.find((word) => !isStackPart(word));
  if (stranger !== undefined)
    throw new UsageError(`There is no stack "${stranger}"; the stacks are ${PARTS.join(', ')}.`);
  if (words.length > 0 && !WITH_STACKS.includes(action))
    throw new UsageError(`"npm run infra ${action}" always applies to all stacks: omit ${words.join(' ')}.`);
  for (const [flag, owner] of Object.entries(ONLY))
    if (![undefined, false].includes(flags[flag as keyof typeof ONLY] as never) && action !== owner)
      throw new UsageError(
        `--${flag} can only be used with ${owner}: "npm run infra ${owner} -- --${flag}".`,
      );
  const { yes, keep, upload, force, data, bucket, via } = flags;
  if (yes && action !== 'deploy' && action !== 'destroy')
    throw new UsageError(`--yes can only be used with deploy and destroy: ${action} asks nothing.`);
  const wait = flags.wait === undefined ? undefined : wholeNumber('--wait', flags.wait, 0);
  const count = flags.count === undefined ? undefined : wholeNumber('--count', flags.count, 1);
  if (via !== undefined && hostPort(via) === undefined)
    throw new UsageError(`--via must be the address at which a tunnel listens, ${HOST_PORT}, not ${via}.`);
  if (data && words.length > 0)
    throw new UsageError('--data deletes the buckets of the whole pipeline: do not name stacks with it.');
  const given = { yes, keep, upload, force, data, bucket, wait, via, count };
  return { action, stacks: words.filter(isStackPart), ...given };
}

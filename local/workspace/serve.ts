/** `npm run local`: runs a workspace until it is interrupted. */
import { interrupts } from '../../src/interrupts.ts';
import { isLoopback } from '../../src/network.ts';
import { environmentWith, type Settings } from '../../src/settings.ts';
import { printable } from '../../src/visible.ts';
import { aborted } from '../../src/wait.ts';
import { install } from '../install/install.ts';
import { startWorkspace } from './start.ts';

export interface LocalOptions {
  /** The folder of everything that outlives the workspace, except its token. */
  readonly state: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Whether to use Spark's settings for much data. */
  readonly large: boolean;
}

/**
 * Resolves when the workspace was interrupted and has stopped.
 * @throws AppError if the workspace can't start or can't continue
 */
export async function serveLocal(settings: Settings, { state, port, large }: LocalOptions): Promise<void> {
  const { first: signal } = interrupts();
  const say = (line: string) => console.log(`${new Date().toISOString()}  ${printable(line)}`);

  const installed = await install(settings, { signal });
  say('Spark is starting');
  const workspace = await startWorkspace({
    installed,
    state,
    credentials: settings.databricks.local,
    port,
    small: !large,
    environment: emulatorVariables(environmentWith({})),
    log: say,
    signal,
  });
  try {
    say(`the workspace answers at ${workspace.host}; its state is in ${state}`);
    say(
      `its SQL warehouse answers at https://${workspace.sql.host}:${workspace.sql.port}; npm run query uses it`,
    );
    say(`clients read its address and token from ${settings.databricks.local}`);
    say('ready: Ctrl-C stops the workspace');
    const broken = await Promise.race([workspace.broken, aborted(signal)]);
    if (broken) throw broken;
    say('stopping: running jobs are canceled');
  } finally {
    await workspace.stop();
    say('stopped');
  }
}

/**
 * Returns the AWS variables for Spark's Kinesis source if they name an emulator on this machine, such as that of `npm run local:ingress`;
 * none otherwise, so that jobs never read from AWS by accident. Profiles are omitted, because Spark has no home folder.
 */
export function emulatorVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const { AWS_ENDPOINT_URL_KINESIS: endpoint } = environment;
  if (!endpoint || !URL.canParse(endpoint) || !isLoopback(new URL(endpoint).hostname)) return {};
  const names = Object.keys(environment).filter((name) => /^AWS_(?!.*PROFILE)/.test(name));
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? '']));
}

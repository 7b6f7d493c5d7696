/** The parts of the environment that are not settings: proxies, npm's variables, and the environment of child processes. */
import { listOf } from './variable.ts';

const PROXIES = ['https_proxy', 'http_proxy', 'all_proxy'];
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Returns the name of the environment variable that sets a proxy; undefined if there is none. */
export const proxyVariable = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  Object.keys(env).find((name) => PROXIES.includes(name.toLowerCase()) && env[name]);

/** Exempts this machine from the proxy, for Node and for child processes, because some programs exempt nothing by default. */
export function exemptLoopback(env: NodeJS.ProcessEnv): void {
  if (proxyVariable(env) === undefined) return;
  const there = listOf(env.no_proxy || env.NO_PROXY || '');
  const all = there.includes('*') ? '*' : [...new Set([...there, ...LOOPBACK_HOSTS])].join(',');
  env.NO_PROXY = all;
  env.no_proxy = all;
}

/** Returns the environment with additional variables, for a child process. */
export const environmentWith = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
});

/**
 * Disables the AWS SDK's notice about the Node version that its later versions need. The notice would appear within other
 * output, and package.json already specifies the versions of the SDK and of Node.
 */
export function silenceSdkNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

/** Returns the name of the package.json script with which npm started this process; undefined if npm did not start it. */
export const npmScript = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.npm_lifecycle_event;

/** Returns the flags that npm consumed from the command line; npm passes them as `npm_config_*`. */
export function npmFlags(flags: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  // npm writes --dry-run as npm_config_dry_run, and --dryRun as npm_config_dryrun.
  const plain = (name: string) => name.replaceAll(/[-_]/g, '').toLowerCase();
  const taken = new Set(
    Object.keys(env).flatMap((name) => /^npm_config_(.*)/.exec(name)?.slice(1).map(plain) ?? []),
  );
  return flags.filter((flag) => taken.has(plain(flag)));
}

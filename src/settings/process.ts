/** The environment of this process beside its settings: proxies, what npm says, and what programs are started with. */
import { listOf } from './variable.ts';

const PROXIES = ['https_proxy', 'http_proxy', 'all_proxy'];
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Returns the variable that names a proxy, as it is spelt in the environment; undefined where none does. */
export const proxyVariable = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  Object.keys(env).find((name) => PROXIES.includes(name.toLowerCase()) && env[name]);

/** Exempts this machine from the proxy, for Node and for programs that are started: some exempt nothing by themselves. */
export function exemptLoopback(env: NodeJS.ProcessEnv): void {
  if (proxyVariable(env) === undefined) return;
  const there = listOf(env.no_proxy ?? env.NO_PROXY ?? '');
  const all = there.includes('*') ? '*' : [...new Set([...there, ...LOOPBACK_HOSTS])].join(',');
  env.NO_PROXY = all;
  env.no_proxy = all;
}

/** Returns the whole environment, for a program that is started with more in it. */
export const environmentWith = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
});

/**
 * Switches off the AWS SDK's notice, in the midst of other output, that later versions of it want a later Node: package.json
 * says which version runs, and on which Node.
 */
export function silenceSdkNotice(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
}

/** Returns the script of package.json that npm runs this process for; undefined where npm does not. */
export const npmScript = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.npm_lifecycle_event;

/** Returns which of these flags npm took off the command line: it hands them on as `npm_config_*`. */
export function npmFlags(flags: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  return flags.filter((flag) => env[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined);
}

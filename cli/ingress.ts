/** `npm run local:ingress`: broker, REST proxy, Kinesis, and the API in front of both, on this machine. */
import path from 'node:path';
import { commandLine, refuseFlagsTakenByNpm } from '../src/command.ts';
import { readSettings } from '../src/settings.ts';

/** Resolves after Ctrl-C, when all has stopped. */
export async function run(args: readonly string[]): Promise<void> {
  refuseFlagsTakenByNpm('local:ingress', ['state']);
  const flags = parser(args).parseSync();
  const settings = readSettings();
  const { serveIngress } = await import('./ingress/serve.ts');
  await serveIngress(settings, flags.state ?? path.join(settings.state, 'ingress'));
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local:ingress -- [flags]',
    'Every destination of the producer on this machine, until Ctrl-C: broker, REST proxy, Kinesis, and the API in front of both.',
    args,
  )
    .option('state', {
      type: 'string',
      requiresArg: true,
      describe: 'folder that keeps topics and streams between starts (default: ingress below PIPELINE_STATE)',
    })
    .example('npm run local:ingress', 'and in another terminal what it prints, then npm run produce rest');

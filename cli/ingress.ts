/** `npm run local:ingress`: runs a Kafka broker, a REST proxy, Kinesis, and the API in front of the last two, on this machine. */
import path from 'node:path';
import { commandLine } from '../src/command.ts';
import { readSettings } from '../src/settings.ts';

/** Resolves after Ctrl-C, when all services have stopped. */
export async function run(args: readonly string[]): Promise<void> {
  const flags = parser(args).parseSync();
  const settings = readSettings();
  const { serveIngress } = await import('./ingress/serve.ts');
  await serveIngress(settings, flags.state ?? path.join(settings.state, 'ingress'));
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local:ingress -- [flags]',
    'Runs the destinations of the producer on this machine until Ctrl-C: a Kafka broker, a REST proxy, Kinesis, and the API in front of the REST proxy and Kinesis.',
    args,
    {
      state: {
        type: 'string',
        requiresArg: true,
        describe:
          'folder that keeps topics and streams between starts (default: ingress in the folder PIPELINE_STATE)',
      },
    },
  ).example(
    'npm run local:ingress',
    'then run the printed exports and npm run produce rest in another terminal',
  );

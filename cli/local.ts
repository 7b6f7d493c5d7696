/** `npm run local`: runs an emulator of a Databricks workspace on this machine. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isBadPort, MAX_PORT } from '../src/address.ts';
import { commandLine, settingOption, wholeNumber } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import { outputFile, stateFolder } from '../src/outputs.ts';
import { readSettings } from '../src/settings.ts';

const PORT = 4480;

/** Resolves when the emulator was interrupted and has stopped. */
export async function run(args: readonly string[]): Promise<void> {
  const { state, port, large } = parse(args);
  const settings = readSettings();
  await mkdir(path.dirname(settings.databricks.local), { recursive: true, mode: 0o700 }).catch(() => {});
  await outputFile('PIPELINE_LOCAL', settings.databricks.local);
  const folder = await stateFolder('--state', state ?? settings.state);
  console.log('An emulator of a Databricks workspace: jobs run on Spark, on this machine only.');
  const { serveLocal } = await import('../local/workspace/serve.ts');
  await serveLocal(settings, { state: folder, port, large });
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local -- [flags]',
    'Runs an emulator of a Databricks workspace on this machine until Ctrl-C.',
    args,
    {
      state: settingOption('PIPELINE_STATE'),
      port: {
        default: PORT,
        requiresArg: true,
        describe: 'port to listen on; 0 is any free port',
      },
      large: {
        type: 'boolean',
        default: false,
        describe: "omit Spark's settings for little data: faster above 100,000 new posts",
      },
    },
  )
    .example(
      'npm run local',
      `listens at http://127.0.0.1:${PORT} and continues with the state of the last start`,
    )
    .example('npm run local -- --state trial --port 0', 'a second workspace for a trial, on any free port')
    .example(
      'npm run local',
      'with the exports that npm run local:ingress printed: the stream job reads from its Kinesis emulator',
    )
    .epilogue(
      'PIPELINE_LOCAL names the file from which clients read the address and the token: set it to run a second emulator next to the first.',
    );

function parse(args: readonly string[]) {
  const flags = parser(args).parseSync();
  const port = wholeNumber('--port', flags.port, 0, MAX_PORT);
  if (isBadPort(port))
    throw new UsageError(`--port can't be ${port}: HTTP clients block that port. Choose another.`);
  return { ...flags, port };
}

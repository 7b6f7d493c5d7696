/** `npm run local`: runs an emulator of a Databricks workspace on this machine, in a separate process. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isBadPort, MAX_PORT } from '../src/address.ts';
import { commandLine, refuseFlagsTakenByNpm, settingOption, wholeNumber } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import { outputFile, outputFolder } from '../src/outputs.ts';
import { programArgs } from '../src/program.ts';
import { readSettings } from '../src/settings.ts';
import { runInTerminal } from '../src/terminal-program.ts';

const MAIN = new URL('../local/workspace/main.ts', import.meta.url);

const PORT = 4480;

/** Resolves with the emulator's exit code: 0 if the emulator was ready when it was interrupted. */
export async function run(args: readonly string[]): Promise<number> {
  const { state, port, large } = parse(args);
  const settings = readSettings();
  await mkdir(path.dirname(settings.databricks.local), { recursive: true, mode: 0o700 }).catch(() => {});
  await outputFile('PIPELINE_LOCAL', settings.databricks.local);
  const folder = await outputFolder('--state', state ?? settings.state);
  console.log('An emulator of a Databricks workspace: jobs run on Spark, on this machine only.');
  const flags = ['--state', folder, '--port', String(port), ...(large ? ['--large'] : [])];
  return runInTerminal(process.execPath, [...programArgs(MAIN), ...flags], {
    // The IPC channel closes when this process ends, even after SIGKILL. The emulator then stops.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local -- [flags]',
    'Runs an emulator of a Databricks workspace on this machine until Ctrl-C.',
    args,
  )
    .options({
      state: settingOption('PIPELINE_STATE'),
      port: {
        default: PORT,
        requiresArg: true,
        describe: 'port to listen on; 0 is any free port',
      },
      large: { type: 'boolean', default: false, describe: "use Spark's settings for a million rows or more" },
    })
    .example(
      'npm run local',
      `listens at http://127.0.0.1:${PORT} and continues with the state of the last start`,
    )
    .example(
      'npm run local -- --state /tmp/trial --port 0',
      'a second workspace for a trial, on any free port',
    )
    .epilogue(
      'PIPELINE_LOCAL names the file from which clients read the address and the token: set it to run a second emulator next to the first.',
    );

function parse(args: readonly string[]) {
  refuseFlagsTakenByNpm('local', ['state', 'port', 'large']);
  const flags = parser(args).parseSync();
  const port = wholeNumber('--port', flags.port, 0, MAX_PORT);
  if (isBadPort(port))
    throw new UsageError(`--port can't be ${port}: HTTP clients block that port. Choose another.`);
  return { ...flags, port };
}

/** The process behind `npm run local`: runs a workspace until it is stopped. */
import { commandLine } from '../../src/command.ts';
import { runAsProgram } from '../../src/exit.ts';
import { interrupts } from '../../src/interrupts.ts';
import { readSettings } from '../../src/settings.ts';
import { aborted } from '../../src/wait.ts';
import { install } from '../install/install.ts';
import { startWorkspace } from './start.ts';

await runAsProgram(async () => {
  const flags = commandLine(
    'node src/start.mjs local/workspace/main.ts',
    'The process behind npm run local.',
    process.argv.slice(2),
  )
    .options({
      state: { type: 'string', demandOption: true },
      port: { type: 'number', demandOption: true },
      large: { type: 'boolean', default: false },
    })
    .parseSync();
  const settings = readSettings();
  // `first` also aborts when the parent process has exited.
  const { first: signal } = interrupts();
  const say = (line: string) => console.log(`${new Date().toISOString()}  ${line}`);

  const installed = await install(settings, { signal });
  say('Spark is starting');
  const workspace = await startWorkspace({
    installed,
    state: flags.state,
    credentials: settings.databricks.local,
    port: flags.port,
    small: !flags.large,
    log: say,
    signal,
  });
  try {
    say(`the workspace answers at ${workspace.host}; its state is in ${flags.state}`);
    say(
      `its SQL warehouse answers at https://${workspace.sql.host}:${workspace.sql.port}; npm run query uses it`,
    );
    say(`clients read its address and token from ${settings.databricks.local}`);
    say('ready: Ctrl-C stops the workspace');
    const broken = await Promise.race([workspace.broken, aborted(signal)]);
    if (broken) throw broken;
    say('stopping: running jobs are canceled');
    return 0;
  } finally {
    await workspace.stop();
    say('stopped');
  }
});

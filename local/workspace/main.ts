/** The process behind `npm run local`: a workspace until it is told to stop. */
import { commandLine } from '../../src/command.ts';
import { runAsProgram } from '../../src/exit.ts';
import { readSettings } from '../../src/settings.ts';
import { install } from '../install/install.ts';
import { startWorkspace } from './start.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

await runAsProgram(async () => {
  const flags = commandLine(
    'tsx local/workspace/main.ts',
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
  const stopped = new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve());
    // Whoever started this process is gone, however it went.
    process.on('disconnect', () => resolve());
  });
  const say = (line: string) => console.log(`${new Date().toISOString()}  ${line}`);

  const installed = await install(settings);
  say('Spark is starting');
  const workspace = await startWorkspace({
    installed,
    state: flags.state,
    credentials: settings.databricks.local,
    port: flags.port,
    small: !flags.large,
    log: say,
  });
  try {
    say(`the workspace answers at ${workspace.host}; its state is in ${flags.state}`);
    say(
      `SQL is answered at https://${workspace.sql.host}:${workspace.sql.port}, as by a warehouse: npm run query`,
    );
    say(`clients find it by ${settings.databricks.local}`);
    say('ready: Ctrl-C stops it');
    const broken = await Promise.race([stopped, workspace.broken]);
    if (broken) throw broken;
    say('stopping: what runs is canceled');
    return 0;
  } finally {
    await workspace.stop();
    say('stopped');
  }
});

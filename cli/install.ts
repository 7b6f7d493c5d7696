/** `npm run local:install [-- --test]`: brings what the emulators and Spark need into a cache outside the checkout. */
import { commandLine, refuseFlagsTakenByNpm } from '../src/command.ts';
import { interrupts } from '../src/interrupts.ts';
import { readSettings } from '../src/settings.ts';

/** Prints the folders of what is installed. @throws InstallError what is missing on this machine, in one sentence */
export async function run(args: readonly string[]): Promise<void> {
  refuseFlagsTakenByNpm('local:install', ['test']);
  const flags = parser(args).parseSync();
  const { install } = await import('../local/install/install.ts');
  const { first: signal } = interrupts();
  console.log(JSON.stringify(await install(readSettings(), { test: flags.test, signal }), null, 2));
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local:install -- [flags]',
    'Installs Spark, Delta, Kafka and a Java runtime into a cache outside the checkout; keeps what is there.',
    args,
  ).option('test', { type: 'boolean', default: false, describe: 'also install what the tests need' });

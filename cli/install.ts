/** `npm run local:install [-- --test]`: installs the dependencies of the emulators and Spark into a cache outside the checkout. */
import { commandLine } from '../src/command.ts';
import { interrupts } from '../src/interrupts.ts';
import { readSettings } from '../src/settings.ts';

/**
 * Prints the folders of the installed dependencies.
 * @throws InstallError if a required program is missing, or if a download or an installation fails
 */
export async function run(args: readonly string[]): Promise<void> {
  const flags = parser(args).parseSync();
  const { install } = await import('../local/install/install.ts');
  const { first: signal } = interrupts();
  console.log(JSON.stringify(await install(readSettings(), { test: flags.test, signal }), null, 2));
}

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run local:install -- [flags]',
    'Installs Spark, Delta, Kafka and a Java runtime into a cache outside the checkout; skips what is already installed.',
    args,
    {
      test: {
        type: 'boolean',
        default: false,
        describe: 'also install the dependencies of the tests',
      },
    },
  );

/** Renders docs/commands.md from each command's --help, and docs/settings.md from the declared settings. */

import { type Fallback, Variable } from '../src/settings/variable.ts';
import { variables } from '../src/settings.ts';
import type { Command, Commands } from './command.ts';

/** Returns the texts of both pages by their paths, relative to the repository's root. */
export async function docs(commands: Commands): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/commands.md', await commandsPage(commands)],
    ['docs/settings.md', settingsPage()],
  ]);
}

const COMMANDS = `# Commands

\`npm run generate\` renders this page from each command's \`--help\`. The tests are the scripts \`test\` and \`test:…\` of package.json.

Flags come after \`--\`: npm consumes flags that come before it, and the command then exits with an error.

\`npm ci --omit=dev\` installs the dependencies of \`generate\`, \`bundle\`, \`produce\`, \`streams\` and \`query\`; the other commands and the
tests also need the development dependencies.
`;

async function commandsPage(commands: Commands): Promise<string> {
  const sections: string[] = [];
  for (const load of Object.values(commands)) sections.push(...(await sectionsOf(await load())));
  return [COMMANDS, ...sections].join('\n');
}

/** Returns a section for the command and for each of its subcommands. */
async function sectionsOf(command: Command): Promise<string[]> {
  const help = await command.parser([]).getHelp();
  // The first line is the usage: the name, then positionals and flags.
  const [name = ''] = /^npm run( ?[a-z:]+)+/.exec(help) ?? [];
  const own = `## ${name}\n\n\`\`\`\n${help.replaceAll(/ +$/gm, '').trim()}\n\`\`\`\n`;
  const below: string[] = [];
  for (const load of Object.values(command.words ?? {})) below.push(...(await sectionsOf(await load())));
  return [own, ...below];
}

const SETTINGS = `# Settings

Environment variables; a command's flag takes precedence over the variable. \`npm run generate\` renders this page from the declarations in
\`src/settings/declared.ts\`.

| variable | default | meaning |
| --- | --- | --- |
`;

/** Variables that the commands pass on without reading them as settings. */
const OTHERS = `| \`BUNDLE_VAR_<name>\` | | a variable of \`databricks.yml\`; \`bundle -- --var name=value\` takes precedence |
| \`AWS_PROFILE\`, \`AWS_ACCESS_KEY_ID\`, \`AWS_SECRET_ACCESS_KEY\`, \`AWS_SESSION_TOKEN\` | | the AWS identity, from the default chain of AWS's SDK |
`;

const VERBATIM = variables.filter(({ verbatim }) => verbatim).map(({ name }) => `\`${name}\``);

const NOTES = `
Blanks and carriage returns around a value are ignored. Quotation marks around a value are an error: a shell removes them, an env file
does not. Only line ends are removed from ${VERBATIM.join(', ')} and \`BUNDLE_VAR_<name>\`.
IPv6 addresses are written in brackets, \`[::1]:9092\`.

\`HTTP_PROXY\`, \`HTTPS_PROXY\` and \`ALL_PROXY\` are not used for Kafka, AWS, Databricks, REST APIs and MySQL; the error of a failed
connection mentions this. Child processes (pip, the Databricks CLI, the CDK) read these variables; this machine is added to their \`NO_PROXY\`.
`;

function settingsPage(): string {
  const rows = variables.map(
    ({ name, description, fallback }) => `| \`${name}\` |${cell(defaultOf(fallback))}| ${description} |\n`,
  );
  return `${SETTINGS}${rows.join('')}${OTHERS}${NOTES}`;
}

const cell = (text: string): string => (text === '' ? ' ' : ` \`${text}\` `);

function defaultOf(fallback: Fallback | undefined): string {
  if (fallback === undefined || typeof fallback === 'string') return fallback ?? '';
  if (fallback instanceof Variable) return `$${fallback.name}`;
  return `~/${fallback.home}/${fallback.below}`;
}

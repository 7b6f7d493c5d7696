/** The commands: a file for each, loaded only when it runs; what it works with it loads after its flags are parsed. */

export interface Command {
  /** Runs the command with the words after its name; the number is the exit code. */
  run(args: readonly string[]): Promise<number | void>;
  /** Returns the parser of the words after its name, with the text of its --help. */
  parser(args: readonly string[]): { getHelp(): Promise<string> };
  /** Commands of their own behind its name. */
  readonly words?: Readonly<Record<string, () => Promise<Command>>>;
}

export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  bundle: () => import('./bundle.ts'),
  demo: () => import('./demo.ts'),
  generate: () => import('./generate.ts'),
  infra: () => import('./infra.ts'),
  ingress: () => import('./ingress.ts'),
  install: () => import('./install.ts'),
  local: () => import('./local.ts'),
  picture: () => import('./picture.ts'),
  produce: () => import('./produce.ts'),
  query: () => import('./query.ts'),
  streams: () => import('./streams.ts'),
};

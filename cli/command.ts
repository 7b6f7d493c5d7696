/** A command of the command line. */
export interface Command {
  /** Runs the command with the words after its name; resolves with the exit code. `all` contains every command. */
  run(args: readonly string[], all: Commands): Promise<number | void>;
  /** Returns the parser of the words after the command's name, with the text of the command's --help. */
  parser(args: readonly string[]): { getHelp(): Promise<string>; parseSync(): unknown };
  /** Loaders of the subcommands, by the word after the command's name. */
  readonly words?: Commands;
}

/** Loaders by the commands' names. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** Returns the loader of the command that a word names; undefined for any other word. */
export const commandNamed = (commands: Commands, word: string): Commands[string] | undefined =>
  Object.hasOwn(commands, word) ? commands[word] : undefined;

/** Declarations of environment variables: name, meaning, schema and default. */
import os from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';

export interface VariableOptions<T> {
  /** A description in Markdown without a full stop, for docs/settings.md and --help. */
  readonly description: string;
  /** Parses the text. The schema's error message is the part of a sentence after "expected". */
  readonly as: z.ZodType<T>;
  /** Whether to keep blanks and quotation marks around the value, because they may be part of it. */
  readonly verbatim?: boolean;
  /** Whether no message may contain the value. */
  readonly secret?: boolean;
}

/** The value if the variable is not set: a string, a user folder, or another variable. */
export type Fallback = string | UserFolder | Variable<unknown>;

/** A path in a user folder. An XDG variable can change that folder. */
export interface UserFolder {
  readonly xdg: string;
  /** The folder below the home folder if the XDG variable is not set, such as `.cache`. */
  readonly home: string;
  readonly below: string;
}

export class Variable<T> {
  readonly name: string;
  readonly description: string;
  readonly verbatim: boolean;
  readonly fallback: Fallback | undefined;
  readonly #secret: boolean;
  readonly #schema: z.ZodType<T>;

  constructor(
    name: string,
    { description, as, verbatim = false, secret = false }: VariableOptions<unknown>,
    fallback?: Fallback,
  ) {
    this.name = name;
    this.description = description;
    this.verbatim = verbatim;
    this.fallback = fallback;
    this.#secret = secret;
    this.#schema = as as z.ZodType<T>;
  }

  /**
   * Returns the value from the variables that are set, or the default; undefined if there is none.
   * @throws UsageError with the variable, what was expected and its value
   */
  read(present: Readonly<Record<string, string>>): T {
    const { fallback } = this;
    const own = present[this.name];
    if (own === undefined && fallback instanceof Variable) return fallback.read(present) as T;
    const text = own ?? (fallback instanceof Variable ? undefined : defaultText(fallback, present));
    if (text === undefined) return undefined as T;
    const parsed = this.#schema.safeParse(text);
    if (parsed.success) return parsed.data;
    // A value with an @ may contain a password.
    const shown = this.#secret || text.includes('@') ? '' : `, got "${text}"`;
    throw new UsageError(
      `The environment variable ${this.name} can't be used: expected ${parsed.error.issues[0]?.message}${shown}.`,
    );
  }
}

/** Declares a variable that is undefined if it is not set. */
export const optional = <T>(name: string, options: VariableOptions<T>) =>
  new Variable<T | undefined>(name, options);

/** Declares a variable with a default. */
export const defaulted = <T>(
  name: string,
  fallback: string | UserFolder,
  options: VariableOptions<T>,
): Variable<T> => new Variable<T>(name, options, fallback);

/** Declares a variable whose default is the value of another variable. */
export const instead = <T>(name: string, other: Variable<T>, options: VariableOptions<NonNullable<T>>) =>
  new Variable<T>(name, options, other);

function defaultText(
  fallback: Exclude<Fallback, Variable<unknown>> | undefined,
  present: Readonly<Record<string, string>>,
): string | undefined {
  if (fallback === undefined || typeof fallback === 'string') return fallback;
  return path.join(present[fallback.xdg] ?? path.join(homeFolder(), fallback.home), fallback.below);
}

/** Returns the user's home folder. @throws UsageError if neither HOME nor the machine's list of users names one */
function homeFolder(): string {
  try {
    return os.homedir();
  } catch {
    throw new UsageError(
      'The user has no home folder: set HOME, or set PIPELINE_CACHE, PIPELINE_STATE and PIPELINE_LOCAL to paths.',
    );
  }
}

/** Variables in groups, by their names in code. */
export interface Declarations {
  readonly [name: string]: Variable<unknown> | Declarations;
}

export type Values<T> = {
  readonly [Name in keyof T]: T[Name] extends Variable<infer Value> ? Value : Values<T[Name]>;
};

/** Returns the values of variables, in the structure of the declarations. @throws UsageError as Variable.read does */
export function valuesOf<T extends Declarations>(
  declared: T,
  present: Readonly<Record<string, string>>,
): Values<T> {
  const entries = Object.entries(declared).map(([name, one]) => [
    name,
    one instanceof Variable ? one.read(present) : valuesOf(one, present),
  ]);
  return Object.fromEntries(entries) as Values<T>;
}

/** Returns each variable once, in the order of the declarations; a variable precedes the variable that is its default. */
export function variablesIn(declared: Declarations): Variable<unknown>[] {
  const withFallback = (one: Variable<unknown>): Variable<unknown>[] =>
    one.fallback instanceof Variable ? [one, ...withFallback(one.fallback)] : [one];
  const all = Object.values(declared).flatMap((one) =>
    one instanceof Variable ? withFallback(one) : variablesIn(one),
  );
  return [...new Set(all)];
}

/** Returns the items of a comma-separated list, without blanks and empty items. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/**
 * Reads the environment. Every setting is declared once, in settings/declared.ts; parsing, docs/settings.md and the help of
 * flags that override a setting are derived from this declaration. Only this file and its folder read `process.env` (outside
 * the tests); all other code gets settings as arguments.
 */
import { UsageError } from './errors.ts';
import { declared } from './settings/declared.ts';
import { exemptLoopback } from './settings/process.ts';
import { type Values, type Variable, valuesOf, variablesIn } from './settings/variable.ts';

export { DEFAULT_ID } from './settings/declared.ts';
export { environmentWith, npmFlags, npmScript, proxyVariable, silenceSdkNotice } from './settings/process.ts';

/** All declared variables, in the order of the declarations. */
export const variables: readonly Variable<unknown>[] = variablesIn(declared);

const ours = new Map(variables.map((one) => [one.name, one]));

/** Returns a variable's declaration. */
export function settingNamed(name: string): Variable<unknown> {
  const found = ours.get(name);
  if (!found) throw new Error(`There is no setting ${name}.`);
  return found;
}

export interface Settings extends Values<typeof declared> {
  /** The names of the variables that are set. */
  readonly named: ReadonlySet<string>;
  /** Values for the bundle's variables, by name. They are set as BUNDLE_VAR_<name>, as for the Databricks CLI. */
  readonly bundleVariables: Readonly<Record<string, string>>;
}

const BUNDLE_VARIABLE = 'BUNDLE_VAR_';

/** Variables that other programs and libraries read: the AWS SDK, the Databricks CLI, and clients that use a proxy. */
const READ_ELSEWHERE =
  /^(AWS_(PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|BUNDLE_VAR_.+|(https?|all|no)_proxy)$/i;

/**
 * Returns a variable's value without surrounding whitespace, including U+00A0 and the carriage return of a Windows
 * .env file. From a verbatim variable, such as a password, only line ends are removed. Undefined if nothing is left.
 * @throws UsageError for surrounding quotation marks, which a shell removes and an env file does not
 */
function cleaned(name: string, value: string): string | undefined {
  const verbatim = ours.get(name)?.verbatim || name.startsWith(BUNDLE_VARIABLE);
  const text = verbatim ? value.replace(/[\r\n]+$/, '') : value.trim();
  if (!verbatim && /^(["']).*\1$/s.test(text) && text.length > 1)
    throw new UsageError(
      `The environment variable ${name} has quotation marks around its value: remove them, because they would be part of the value.`,
    );
  if (AWS_CREDENTIAL.test(name) && /[^\x21-\x7e]/.test(text))
    throw new UsageError(`The environment variable ${name} has a character that no AWS credential has.`);
  return text === '' ? undefined : text;
}

const AWS_CREDENTIAL = /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;

/** Cleans the environment for SDKs and for child processes. @throws UsageError */
export function cleanEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value = ''] of Object.entries(env)) {
    if (value === '' || (!ours.has(name) && !READ_ELSEWHERE.test(name))) continue;
    const text = cleaned(name, value);
    if (text === undefined) delete env[name];
    else if (text !== value) env[name] = text;
  }
  exemptLoopback(env);
}

/**
 * Returns the settings; empty variables count as unset.
 * @throws UsageError with the variable, what was expected and its value
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const present = Object.fromEntries(
    Object.entries(env).flatMap(([name, value = '']) => {
      const text = ours.has(name) ? cleaned(name, value) : value;
      return text === undefined || text === '' ? [] : [[name, text]];
    }),
  );
  return {
    ...valuesOf(declared, present),
    named: new Set(Object.keys(present)),
    bundleVariables: Object.fromEntries(
      Object.entries(env).flatMap(([name, text = '']) =>
        name.startsWith(BUNDLE_VARIABLE) ? [[name.slice(BUNDLE_VARIABLE.length), text]] : [],
      ),
    ),
  };
}

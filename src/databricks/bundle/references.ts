/** Resolves references `${…}` in a bundle, and reports unknown references. */
import { BundleError } from './errors.ts';
import { mapScalars } from './tree.ts';

/**
 * Matches a reference that contains no other reference: in `${var.status.${var.scheduler}}`, it matches
 * `${var.scheduler}`.
 */
const REFERENCE = /\$\{([^${}]+)\}/g;

/**
 * Returns the value of a name; the value may contain references. Returns LATER if the reference is to stay unresolved,
 * and undefined if the name is unknown.
 */
export type Lookup = (name: string) => unknown;

export const LATER = Symbol('later');

/**
 * Returns a copy of `tree` with all references resolved, except those whose value is LATER.
 * @throws BundleError that lists all unknown references
 */
export function resolve(tree: unknown, lookup: Lookup): unknown {
  // A variable without a value is reported once, however often it is used.
  const problems = new Map<string, string>();
  const resolved = mapScalars(tree, (scalar, place) => {
    if (typeof scalar !== 'string') return scalar;
    try {
      return resolveText(scalar, lookup, []);
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      for (const problem of error.problems)
        if (!problems.has(problem)) problems.set(problem, `${place}: ${problem}`);
      return scalar;
    }
  });
  if (problems.size > 0) throw new BundleError([...problems.values()]);
  return resolved;
}

function resolveText(text: string, lookup: Lookup, within: readonly string[]): unknown {
  let left = text;
  for (;;) {
    const found = [...left.matchAll(REFERENCE)];
    const values = found.map(([, name = '']) => valueFor(name.trim(), lookup, within));
    if (values.every((value) => value === LATER)) return left;
    // A text that is only a reference keeps the type of the value: a number, a list, a map.
    if (found.length === 1 && found[0]?.[0] === left) return values[0];
    left = left.replace(REFERENCE, (whole, name: string) => {
      const value = values.shift();
      if (value === LATER) return whole;
      if (typeof value === 'object')
        throw new BundleError([`\${${name}} is a map or a list, which can't be part of a text.`]);
      return String(value);
    });
  }
}

function valueFor(name: string, lookup: Lookup, within: readonly string[]): unknown {
  if (within.includes(name))
    throw new BundleError([`\${${name}} refers to itself through ${within.join(', ')}.`]);
  const value = lookup(name);
  if (value === LATER) return LATER;
  if (value === undefined) throw new BundleError([`\${${name}} is unknown or not supported.`]);
  return mapScalars(value, (scalar) =>
    typeof scalar === 'string' ? resolveText(scalar, lookup, [...within, name]) : scalar,
  );
}

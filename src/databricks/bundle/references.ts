/** Resolves `${…}` in a bundle, and lists which references are understood. */
import { BundleError } from './errors.ts';
import { mapScalars } from './tree.ts';

/** The innermost ones: `${var.status.${var.scheduler}}` has one inside another. */
const REFERENCE = /\$\{([^${}]+)\}/g;

/** What a name stands for, which may hold references itself; LATER leaves it as it is; undefined is not understood. */
export type Lookup = (name: string) => unknown;

export const LATER = Symbol('later');

/**
 * Returns a copy of `tree` without references, but for those that come later.
 * @throws BundleError that names all it does not understand
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
    // A reference alone keeps its value's type: a number, a list, a map.
    if (found.length === 1 && found[0]?.[0] === left) return values[0];
    left = left.replace(REFERENCE, (whole, name: string) => {
      const value = values.shift();
      if (value === LATER) return whole;
      if (typeof value === 'object')
        throw new BundleError([`\${${name}} is a map or a list and can't stand within a text.`]);
      return String(value);
    });
  }
}

function valueFor(name: string, lookup: Lookup, within: readonly string[]): unknown {
  if (within.includes(name)) throw new BundleError([`\${${name}} refers to itself by ${within.join(', ')}.`]);
  const value = lookup(name);
  if (value === LATER) return LATER;
  if (value === undefined) throw new BundleError([`\${${name}} is not understood.`]);
  return mapScalars(value, (scalar) =>
    typeof scalar === 'string' ? resolveText(scalar, lookup, [...within, name]) : scalar,
  );
}

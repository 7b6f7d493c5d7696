/** Finds the route of a request and the values of the route's path parameters. */
import type { Route } from './api.ts';

export interface Match {
  readonly route: Route;
  /** `{ 'stream-name': 'streaming-demo-orders' }`, decoded. */
  readonly names: Readonly<Record<string, string>>;
}

/** `{name}` is one part of a path; `{name+}` is the rest of the path. */
const NAME = /^\{([^}+]+)(\+?)\}$/;

/** Returns the most specific route: a literal part takes precedence over `{name}`, and `{name}` over `{name+}`. */
export function match(routes: readonly Route[], method: string, path: string): Match | undefined {
  const found = routes.flatMap((route) => {
    if (route.method !== 'ANY' && route.method !== method) return [];
    const names = namesIn(route.path, path);
    return names ? [{ route, names }] : [];
  });
  return found.sort((a, b) => rank(a.route.path).localeCompare(rank(b.route.path)))[0];
}

function namesIn(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1);
  const parts = path.split('/').slice(1);
  const names: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const [, name, rest] = NAME.exec(part) ?? [];
    const met = rest ? parts.slice(index).join('/') : parts[index];
    if (met === undefined || met === '') return undefined;
    if (name === undefined && met !== part) return undefined;
    if (name !== undefined) names[name] = decoded(met);
    if (rest) return names;
  }
  return wanted.length === parts.length ? names : undefined;
}

/** Returns a part of a path, decoded; unchanged if its percent-encoding is invalid. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const rank = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0))
    .join('');

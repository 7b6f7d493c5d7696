/** Which route a request takes, and what stands in the path where the route has names. */
import type { Route } from './api.ts';

export interface Match {
  readonly route: Route;
  /** `{ 'stream-name': 'streaming-demo-orders' }`, decoded. */
  readonly names: Readonly<Record<string, string>>;
}

/** `{name}` is one part of a path, `{name+}` all that is left. */
const NAME = /^\{([^}+]+)(\+?)\}$/;

/** The route that says most: a part's own text before a name, a name before all that is left. */
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
    if (name !== undefined) names[name] = decodeURIComponent(met);
    if (rest) return names;
  }
  return wanted.length === parts.length ? names : undefined;
}

const rank = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0))
    .join('');

/** The commands: a file for each, loaded only when it runs. A command loads its dependencies after its flags are parsed. */

import type { Commands } from './command.ts';

export const commands: Commands = {
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

/**
 * The commands, one file each. A file is loaded only when its command runs. It loads its dependencies after the command's
 * flags are parsed.
 */

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

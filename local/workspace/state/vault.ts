/** Secret scopes. Only the owner of the state folder may read the scopes' files. */
import { z } from 'zod';
import type { Scopes } from '../../spark/kernel.ts';
import { Collection } from './collection.ts';

const scope = z.object({
  name: z.string(),
  acls: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.object({ value: z.string(), last_updated_timestamp: z.number() })),
});

export type Scope = z.infer<typeof scope>;

export class Vault {
  readonly #scopes: Collection<Scope>;

  constructor(folder: string) {
    this.#scopes = new Collection(folder, scope);
  }

  scope(name: string): Scope | undefined {
    return this.#scopes.get(name);
  }

  scopes(): Scope[] {
    return this.#scopes.values();
  }

  keep(changed: Scope): void {
    this.#scopes.put(changed.name, changed);
  }

  delete(name: string): void {
    this.#scopes.delete(name);
  }

  put(to: Scope, key: string, value: string): void {
    const secret = { value, last_updated_timestamp: Date.now() };
    this.keep({ ...to, secrets: { ...to.secrets, [key]: secret } });
  }

  /** Returns all secrets in plain text, for notebooks. Pass them only to Spark. */
  plain(): Scopes {
    const valuesOf = ({ secrets }: Scope) =>
      Object.fromEntries(Object.entries(secrets).map(([key, { value }]) => [key, value]));
    return Object.fromEntries(this.scopes().map((scope) => [scope.name, valuesOf(scope)]));
  }
}

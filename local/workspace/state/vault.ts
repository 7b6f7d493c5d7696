/** Secret scopes. Values are encrypted with a key made of the workspace's token, which is not in the state folder. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../src/errors.ts';
import type { Scopes } from '../../spark/kernel.ts';
import { Collection } from './collection.ts';

const scope = z.object({
  name: z.string(),
  acls: z.record(z.string(), z.string()),
  secrets: z.record(
    z.string(),
    z.object({ iv: z.string(), sealed: z.string(), tag: z.string(), last_updated_timestamp: z.number() }),
  ),
});

export type Scope = z.infer<typeof scope>;
type Sealed = Scope['secrets'][string];

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** GCM's own length (NIST SP 800-38D). */
const IV_BYTES = 12;

export class Vault {
  readonly #scopes: Collection<Scope>;
  readonly #key: Buffer;

  /** @throws AppError where the secrets were written with another token */
  constructor(folder: string, token: string) {
    this.#scopes = new Collection(folder, scope);
    // The token is random and as long as the key: no salt is needed (RFC 5869, 3.1).
    this.#key = Buffer.from(hkdfSync('sha256', token, '', 'secrets of a local workspace', KEY_BYTES));
    try {
      this.plain();
    } catch {
      throw new AppError(
        'SECRETS_LOCKED',
        `The secrets in ${folder} were written with another token: set PIPELINE_LOCAL to the file that was in use then, or delete that folder and put them again.`,
      );
    }
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

  put(to: Scope, key: string, value: Uint8Array): void {
    const sealed = this.#seal(`${to.name}/${key}`, value);
    this.keep({ ...to, secrets: { ...to.secrets, [key]: sealed } });
  }

  /** What notebooks may read; for Spark only. */
  plain(): Scopes {
    const open = ({ name, secrets }: Scope) =>
      Object.entries(secrets).map(([key, sealed]) => [key, this.#open(`${name}/${key}`, sealed)]);
    return Object.fromEntries(this.scopes().map((one) => [one.name, Object.fromEntries(open(one))]));
  }

  /** `place` is bound to the value: swapped files do not open. */
  #seal(place: string, value: Uint8Array): Sealed {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(value), cipher.final()]);
    return {
      iv: iv.toString('base64'),
      sealed: sealed.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      last_updated_timestamp: Date.now(),
    };
  }

  #open(place: string, { iv, sealed, tag }: Sealed): string {
    const decipher = createDecipheriv(CIPHER, this.#key, Buffer.from(iv, 'base64'))
      .setAAD(Buffer.from(place))
      .setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]).toString();
  }
}

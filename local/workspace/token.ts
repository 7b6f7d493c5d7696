/**
 * The workspace's token, and what it writes down for its clients. The token stands beside the credentials file and outlives
 * it: the file says that a workspace answers, so it goes when the workspace does, while clients may keep the token.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { LocalWorkspace } from '../../src/databricks/connection.ts';
import { AppError } from '../../src/errors.ts';
import { writeWhole } from '../../src/files/write.ts';

/** Databricks' own tokens begin with `dapi`, and tools that look for leaked secrets know that. */
const PREFIX = 'dapi';
const FORM = /^dapi[0-9a-f]{64}$/;

/** The token of all workspaces that use this credentials file; made at the first start. */
export function ownToken(credentials: string): string {
  const file = credentials.replace(/(\.json)?$/, '.token');
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const made = `${PREFIX}${randomBytes(32).toString('hex')}`;
    // The first of two simultaneous starts writes the token; the other reads it.
    if (!fs.existsSync(file)) writeWhole(file, made, { exclusive: true });
    const token = fs.readFileSync(file, 'utf8').trim();
    if (!FORM.test(token))
      throw new AppError('TOKEN_BROKEN', `${file} is not a token of a local workspace: move it away.`);
    return token;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError(
      'CREDENTIALS_NOT_WRITABLE',
      `The token can't be kept in ${file} (${code}): mend its permissions, or set PIPELINE_LOCAL to another file.`,
    );
  }
}

/** Says how the workspace is reached, for its owner only. */
export function writeCredentials(file: string, workspace: LocalWorkspace): void {
  writeWhole(file, `${JSON.stringify(workspace, null, 2)}\n`);
}

/** Takes that back, unless another workspace has written its own since. */
export function removeCredentials(file: string, host: string): void {
  try {
    const { host: written } = JSON.parse(fs.readFileSync(file, 'utf8')) as { host?: string };
    if (written === host) fs.rmSync(file);
  } catch {
    // Gone already.
  }
}

/**
 * The workspace's token and the credentials file for its clients. The credentials file exists only while the workspace
 * runs. The token is in a separate file next to it. The token's file is kept, so that clients can use the same token
 * after a restart.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { LocalWorkspace } from '../../src/databricks/connection.ts';
import { AppError } from '../../src/errors.ts';
import { writeWhole } from '../../src/files/write.ts';

/** Databricks' tokens begin with `dapi`, so tools that search for leaked secrets also find this token. */
const PREFIX = 'dapi';
const FORM = /^dapi[0-9a-f]{64}$/;

/** The rights of users other than the owner, in a file's mode. */
const OTHERS = 0o077;

/** Returns the token of all workspaces that use this credentials file; creates it at the first start. */
export function ownToken(credentials: string): string {
  const file = credentials.replace(/(\.json)?$/, '.token');
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const made = `${PREFIX}${randomBytes(32).toString('hex')}`;
    // The first of two simultaneous starts writes the token; the other reads it.
    if (!fs.existsSync(file)) writeWhole(file, made, { exclusive: true });
    const { uid, mode } = fs.lstatSync(file);
    if (uid !== process.getuid?.() || (mode & OTHERS) !== 0)
      throw new AppError('TOKEN_BROKEN', `${file} is not private to this user: move it away.`);
    const token = fs.readFileSync(file, 'utf8').trim();
    if (!FORM.test(token))
      throw new AppError('TOKEN_BROKEN', `${file} is not a token of a local workspace: move it away.`);
    return token;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError(
      'CREDENTIALS_NOT_WRITABLE',
      `The token can't be stored in ${file} (${code}): fix its permissions, or set PIPELINE_LOCAL to another file.`,
    );
  }
}

/** Writes the workspace's address and token to a file that only its owner can read. */
export function writeCredentials(file: string, workspace: LocalWorkspace): void {
  writeWhole(file, `${JSON.stringify(workspace, null, 2)}\n`);
}

/** Removes the credentials file, unless another workspace has overwritten it. */
export function removeCredentials(file: string, host: string): void {
  try {
    const { host: written } = JSON.parse(fs.readFileSync(file, 'utf8')) as { host?: string };
    if (written === host) fs.rmSync(file);
  } catch {
    // The file does not exist, or does not contain credentials.
  }
}

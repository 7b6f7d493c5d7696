/** Reads and writes files in a Unity Catalog volume, through Databricks' Files API. */
import { AppError } from '../errors.ts';
import { certificateProblem, networkFailure, untrustedMessage } from '../network.ts';
import type { Connection } from './connection.ts';

const FILES = '/api/2.0/fs/files';
const DIRECTORIES = '/api/2.0/fs/directories';

/** Time limit for one request; the files have a few MiB. */
const TIMEOUT_MS = 60_000;

/** The Files API rejected a call or did not respond; `status` is undefined without a response. */
export class VolumeError extends AppError {
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; retriable?: boolean; cause?: unknown }) {
    super('VOLUME', message, options);
    this.status = options.status;
  }
}

export interface VolumeClient {
  /** Returns the names of the files in a folder; none if the folder does not exist. */
  list(folder: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Creates a file atomically. Resolves with false if a file of that name exists. */
  create(file: string, content: Buffer): Promise<boolean>;
}

/** Paths are absolute: `/Volumes/<catalog>/<schema>/<volume>/…`. Every call rejects with a VolumeError. */
export function volumeClient({ host, token }: Pick<Connection, 'host' | 'token'>): VolumeClient {
  /** Returns the complete response body; a failure while the body is read counts as a failed call. */
  const call = async (
    method: string,
    route: string,
    path: string,
    more: { query?: Record<string, string>; body?: Buffer } = {},
  ): Promise<Buffer> => {
    const url = new URL(route + path.split('/').map(encodeURIComponent).join('/'), host);
    for (const [name, value] of Object.entries(more.query ?? {})) url.searchParams.set(name, value);
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(more.body && { body: more.body }),
      });
      if (response.ok) return Buffer.from(await response.arrayBuffer());
    } catch (error) {
      const untrusted = certificateProblem(error);
      if (untrusted) throw new VolumeError(untrustedMessage(host, untrusted), { cause: error });
      const why = networkFailure(error) ?? (error as Error).message;
      throw new VolumeError(`${host} does not respond (${why}): check that the workspace is running.`, {
        retriable: true,
        cause: error,
      });
    }
    const text = await response.text().catch(() => '');
    throw new VolumeError(`${host} rejected ${method} ${path}: ${messageOf(text) || response.statusText}`, {
      status: response.status,
      retriable: response.status === 429 || response.status >= 500,
    });
  };
  return {
    async list(folder) {
      const names: string[] = [];
      let token: string | undefined = '';
      while (token !== undefined) {
        const query: Record<string, string> = token ? { page_token: token } : {};
        const answer = await call('GET', DIRECTORIES, folder, { query }).catch((error: VolumeError) => {
          if (error.status === 404) return undefined;
          throw error;
        });
        const page = (answer ? JSON.parse(answer.toString()) : {}) as {
          contents?: { name: string; is_directory: boolean }[];
          next_page_token?: string;
        };
        names.push(...(page.contents ?? []).filter((entry) => !entry.is_directory).map(({ name }) => name));
        token = page.next_page_token;
      }
      return names;
    },
    read: (file) => call('GET', FILES, file),
    async create(file, content) {
      try {
        await call('PUT', FILES, file, { query: { overwrite: 'false' }, body: content });
        return true;
      } catch (error) {
        if (error instanceof VolumeError && error.status === 409) return false;
        throw error;
      }
    },
  };
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? '';
  } catch {
    return '';
  }
}

/** Reads and writes files in a Unity Catalog volume, through Databricks' Files API. */
import { connect, ifMissing, WorkspaceError } from './client.ts';
import type { Connection } from './connection.ts';

const FILES = '/api/2.0/fs/files';
const DIRECTORIES = '/api/2.0/fs/directories';

/** The part of a folder's listing that is used. */
interface Listing {
  readonly contents?: readonly { readonly name: string; readonly is_directory: boolean }[];
  readonly next_page_token?: string;
}

export interface VolumeClient {
  /** Returns the names of the files in a folder; none if the folder does not exist. */
  list(folder: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Creates a file atomically. Resolves with false if a file of that name exists. */
  create(file: string, content: Buffer): Promise<boolean>;
}

/**
 * Paths are absolute: `/Volumes/<catalog>/<schema>/<volume>/…`. Every call rejects with a WorkspaceError. Reading is
 * retried, writing is not.
 * @throws UsageError if the token would cross a network in clear text
 */
export function volumeClient(connection: Pick<Connection, 'host' | 'token'>): VolumeClient {
  const workspace = connect(connection);
  const get = (route: string) => workspace.call(() => workspace.request('GET', route));
  const at = (route: string, path: string, query: Record<string, string> = {}) =>
    `${route}${path.split('/').map(encodeURIComponent).join('/')}?${new URLSearchParams(query)}`;
  return {
    async list(folder) {
      const names: string[] = [];
      let token: string | undefined = '';
      while (token !== undefined) {
        const route = at(DIRECTORIES, folder, token ? { page_token: token } : {});
        const answer = await get(route).catch(ifMissing);
        const page: Listing = answer ? JSON.parse(answer.toString()) : {};
        names.push(...(page.contents ?? []).filter((entry) => !entry.is_directory).map(({ name }) => name));
        token = page.next_page_token;
      }
      return names;
    },
    read: (file) => get(at(FILES, file)),
    async create(file, content) {
      try {
        await workspace.request('PUT', at(FILES, file, { overwrite: 'false' }), content);
        return true;
      } catch (error) {
        if (error instanceof WorkspaceError && error.status === 409) return false;
        throw error;
      }
    },
  };
}

/**
 * Unity Catalog's schemas and volumes. Files contain their metadata. Schemas also exist in Spark; volumes are folders.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { LOCAL_CATALOG } from '../../../src/databricks/default-catalog.ts';
import { quoted } from '../../../src/names.ts';
import { ApiError, missing } from '../api-error.ts';
import type { Engine } from '../engine.ts';
import { Collection } from './collection.ts';

const common = {
  name: z.string(),
  full_name: z.string(),
  catalog_name: z.string(),
  comment: z.string().optional(),
  owner: z.string(),
  created_at: z.number(),
  created_by: z.string(),
  updated_at: z.number(),
};
const schema = z.object({
  ...common,
  schema_id: z.string(),
  properties: z.record(z.string(), z.string()).optional(),
});
const volume = z.object({
  ...common,
  schema_name: z.string(),
  volume_id: z.string(),
  volume_type: z.literal('MANAGED'),
  storage_location: z.string(),
});

export type Schema = z.infer<typeof schema>;
export type Volume = z.infer<typeof volume>;

/** The fields of a volume that can be changed. */
export const volumeFields = z.object({
  comment: z.string().exactOptional(),
  owner: z.string().exactOptional(),
});
/** The fields of a schema that can be changed. */
export const schemaFields = volumeFields.extend({
  properties: z.record(z.string(), z.string()).exactOptional(),
});
type VolumeFields = z.infer<typeof volumeFields>;
type SchemaFields = z.infer<typeof schemaFields>;

/** Unity Catalog's and Spark's names are case-insensitive. */
const fullName = (...parts: readonly string[]): string => parts.join('.').toLowerCase();

export class Catalog {
  readonly #schemas: Collection<Schema>;
  readonly #volumes: Collection<Volume>;
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #warehouse: string;
  readonly #user: string;
  readonly #gone: (place: string) => void;

  /**
   * Notebooks see `folders.volumes` as `/Volumes`; Spark stores tables in `folders.warehouse`. `gone` is called with
   * `schema/<name>` or `volume/<name>` for each deleted schema or volume.
   */
  constructor(
    state: string,
    engine: Engine,
    folders: { readonly volumes: string; readonly warehouse: string },
    user: string,
    gone: (place: string) => void,
  ) {
    this.#schemas = new Collection(path.join(state, 'schemas'), schema);
    this.#volumes = new Collection(path.join(state, 'volumes'), volume);
    this.#engine = engine;
    this.#folder = folders.volumes;
    this.#warehouse = folders.warehouse;
    this.#user = user;
    this.#gone = gone;
  }

  schemas(catalog: string): Schema[] {
    this.#forgetDropped();
    return this.#schemas.values().filter(({ catalog_name }) => catalog_name === catalog.toLowerCase());
  }

  volumes(catalog: string, schemaName: string): Volume[] {
    return this.#volumes
      .values()
      .filter(({ full_name }) => full_name.startsWith(`${fullName(catalog, schemaName)}.`));
  }

  /** @throws ApiError 404 */
  schema(full_name: string): Schema {
    this.#forgetDropped();
    const found = this.#schemas.get(fullName(full_name));
    if (!found) throw new ApiError(404, 'SCHEMA_DOES_NOT_EXIST', `Schema '${full_name}' does not exist.`);
    return found;
  }

  /** @throws ApiError 404 */
  volume(full_name: string): Volume {
    const found = this.#volumes.get(fullName(full_name));
    if (!found) throw missing(`Volume '${full_name}' does not exist.`);
    return found;
  }

  /** Returns a volume's folder. Its path has the case in which the volume was created. @throws ApiError 404 */
  folderOf(volume: string): string {
    const { catalog_name, schema_name, name } = this.volume(volume);
    return path.join(this.#folder, catalog_name, schema_name, name);
  }

  /** @throws ApiError if the catalog does not exist on this machine, or the schema exists already */
  async createSchema(catalog: string, name: string, request: SchemaFields): Promise<Schema> {
    if (catalog.toLowerCase() !== LOCAL_CATALOG)
      throw new ApiError(
        404,
        'CATALOG_DOES_NOT_EXIST',
        `Catalog '${catalog}' does not exist: this machine has only the catalog ${LOCAL_CATALOG}.`,
      );
    const full_name = fullName(LOCAL_CATALOG, name);
    this.#forgetDropped();
    if (this.#schemas.get(full_name))
      throw new ApiError(400, 'SCHEMA_ALREADY_EXISTS', `Schema '${full_name}' already exists`);
    // The schema may exist in Spark if a notebook created it, or if the workspace was killed before the record was stored.
    await this.#engine.sql(`CREATE SCHEMA IF NOT EXISTS ${quoted(LOCAL_CATALOG)}.${quoted(name)}`);
    const made = { ...this.#entry(LOCAL_CATALOG, name, request), full_name, schema_id: randomUUID() };
    this.#schemas.put(full_name, made);
    return made;
  }

  updateSchema(full_name: string, request: SchemaFields): Schema {
    const changed = { ...this.schema(full_name), ...request, updated_at: Date.now() };
    this.#schemas.put(changed.full_name, changed);
    return changed;
  }

  /** @throws ApiError if the schema is not empty and `force` is false */
  async deleteSchema(named: string, force: boolean): Promise<void> {
    const { full_name, catalog_name, name } = this.schema(named);
    const inSpark = `${quoted(catalog_name)}.${quoted(name)}`;
    const volumes = this.volumes(catalog_name, name);
    const tables = await this.#engine.sql(`SHOW TABLES IN ${inSpark}`);
    if (!force && volumes.length + tables.length > 0)
      throw new ApiError(
        400,
        'BAD_REQUEST',
        `Cannot delete a non-empty schema: ${full_name} contains ${tables.length} tables and ${volumes.length} volumes. Pass force.`,
      );
    await this.#engine.sql(`DROP SCHEMA IF EXISTS ${inSpark} CASCADE`);
    for (const { full_name: held } of volumes) this.deleteVolume(held);
    this.#schemas.delete(full_name);
    this.#gone(`schema/${full_name}`);
  }

  /** @throws ApiError if the schema is missing or the volume exists */
  createVolume(catalog: string, schemaName: string, name: string, request: VolumeFields): Volume {
    // All volumes of a schema lie in one folder, which has the case in which the schema was created.
    const { catalog_name, name: schema_name } = this.schema(`${catalog}.${schemaName}`);
    const full_name = fullName(catalog_name, schema_name, name);
    if (this.#volumes.get(full_name))
      throw new ApiError(400, 'VOLUME_ALREADY_EXISTS', `Volume '${full_name}' already exists`);
    const folder = path.join(this.#folder, catalog_name, schema_name, name);
    fs.mkdirSync(folder, { recursive: true });
    const made: Volume = {
      ...this.#entry(catalog_name, name, request),
      schema_name,
      full_name,
      volume_id: randomUUID(),
      volume_type: 'MANAGED',
      storage_location: `file:${folder}`,
    };
    this.#volumes.put(full_name, made);
    return made;
  }

  updateVolume(full_name: string, request: VolumeFields): Volume {
    const changed = { ...this.volume(full_name), ...request, updated_at: Date.now() };
    this.#volumes.put(changed.full_name, changed);
    return changed;
  }

  /** Deletes a volume and its files. */
  deleteVolume(named: string): void {
    const { full_name } = this.volume(named);
    fs.rmSync(this.folderOf(full_name), { recursive: true, force: true });
    this.#volumes.delete(full_name);
    this.#gone(`volume/${full_name}`);
  }

  /**
   * Deletes the records of schemas that SQL has dropped, and their volumes, so that the next deployment creates all of them
   * again. A checkpoint that remains would hide the records of a dropped table.
   */
  #forgetDropped(): void {
    for (const { full_name, catalog_name, name } of this.#schemas.values()) {
      if (this.#isInSpark(name.toLowerCase())) continue;
      for (const volume of this.volumes(catalog_name, name)) this.deleteVolume(volume.full_name);
      this.#schemas.delete(full_name);
      this.#gone(`schema/${full_name}`);
    }
  }

  /** Returns whether Spark has the schema. A schema has a folder until it is dropped, except for the first schema. */
  #isInSpark(name: string): boolean {
    return name === 'default' || fs.existsSync(path.join(this.#warehouse, `${name}.db`));
  }

  #entry<Fields extends VolumeFields>(catalog_name: string, name: string, request: Fields) {
    const now = Date.now();
    const [owner, created_by] = [this.#user, this.#user];
    return { name, catalog_name, owner, created_at: now, created_by, updated_at: now, ...request };
  }
}

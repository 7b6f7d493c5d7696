/**
 * Unity Catalog's schemas and volumes with their grants. Schemas and volumes that the bundle did not create are
 * neither changed nor deleted.
 */
import type { catalog as api } from '@databricks/sdk-experimental';
import { ifMissing, type Workspace, type WorkspaceError } from '../client.ts';
import type { Grant, Schema, Volume } from './bundle.ts';
import { createOnce } from './create-once.ts';
import { differences } from './difference.ts';
import { BundleError } from './errors.ts';
import { fullName } from './model.ts';
import type { Deployed } from './record.ts';
import type { Planning, Step } from './step.ts';

export type Securable = Schema | Volume;

/** A kind of securable: the operations that need only a securable's name, and words for messages. */
export interface SecurableKind {
  readonly kind: 'schema' | 'volume';
  /** The plural, which is the name of the list in the API's paths and in the record. */
  readonly list: 'schemas' | 'volumes';
  readonly get: (workspace: Workspace, name: string) => Promise<object>;
  readonly delete: (workspace: Workspace, name: string) => Promise<unknown>;
  /** Describes the data that a deletion loses. */
  readonly loses: string;
}

/** The operations and fields in which schemas and volumes differ. */
export interface Sort<Of extends Securable> extends SecurableKind {
  /** Fields that can be changed in place, and fields that can't. */
  readonly changeable: readonly (keyof Of & string)[];
  readonly fixed: readonly (keyof Of & string)[];
  readonly create: (workspace: Workspace, one: Of) => Promise<unknown>;
}

export const SCHEMAS: Sort<Schema> = {
  kind: 'schema',
  list: 'schemas',
  changeable: ['comment', 'properties'],
  fixed: ['storage_root'],
  get: (workspace, full_name) => workspace.call((client) => client.schemas.get({ full_name })),
  create: (workspace, one) => workspace.once((client) => client.schemas.create(plain(one))),
  delete: (workspace, full_name) =>
    workspace.call((client) => client.schemas.delete({ full_name, force: true })),
  loses: 'with all tables and volumes in it',
};

export const VOLUMES: Sort<Volume> = {
  kind: 'volume',
  list: 'volumes',
  changeable: ['comment'],
  fixed: ['volume_type', 'storage_location'],
  get: (workspace, name) => workspace.call((client) => client.volumes.read({ name })),
  create: (workspace, one) =>
    workspace.once((client) => client.volumes.create(plain(one) as api.CreateVolumeRequestContent)),
  delete: (workspace, name) => workspace.call((client) => client.volumes.delete({ name })),
  loses: 'with all files in it',
};

const ROUTE = '/api/2.1/unity-catalog';

/** Returns the steps for schemas or volumes. @throws BundleError if a schema or volume exists that this bundle did not create */
export async function planSecurables<Of extends Securable>(
  sort: Sort<Of>,
  declared: Readonly<Record<string, Of>>,
  { workspace, deployed }: Planning,
): Promise<{ set: Step[]; remove: Step[] }> {
  const wanted = Object.values(declared);
  const set = await Promise.all(wanted.map((one) => planOne(sort, workspace, one, deployed)));
  const names = wanted.map(fullName);
  const gone = deployed[sort.list].filter((name) => !names.includes(name));
  const kept = gone.find((name) => deployed.kept.includes(name));
  if (kept)
    throw new BundleError([
      `The ${sort.kind} ${kept} is protected (lifecycle.prevent_destroy), but is no longer in the bundle: add it again, or first remove the protection and deploy.`,
    ]);
  return { set: set.flat(), remove: gone.map((name) => removingSecurable(sort, workspace, name)) };
}

async function planOne<Of extends Securable>(
  sort: Sort<Of>,
  workspace: Workspace,
  one: Of,
  deployed: Deployed,
): Promise<Step[]> {
  const { kind, list } = sort;
  const name = fullName(one);
  const there = await existing(sort, workspace, name);
  if (!there) {
    const intend = (record: Deployed) => void (record[list].includes(name) || record[list].push(name));
    const apply = async (record: Deployed) => {
      await createOnce({
        create: () => sort.create(workspace, one),
        find: () => existing(sort, workspace, name),
      }).catch((error: WorkspaceError) => {
        // The securable was not created, so it is removed from the record. Otherwise, if a user later created it by
        // hand, `destroy` would delete it.
        if (!error.retriable) record[list] = record[list].filter((other) => other !== name);
        throw error;
      });
      await setGrants(workspace, kind, name, one.grants);
      protect(record, name, one);
    };
    return [{ changes: [{ action: 'create', kind, name, details: [] }], intend, apply }];
  }
  if (!deployed[list].includes(name))
    throw new BundleError([
      `The ${kind} ${name} already exists, and this bundle did not create it: delete it, or choose another name with -- --var.`,
    ]);
  const settled = only(one, sort.fixed);
  const fixed = differences(only(there, Object.keys(settled)), settled);
  if (fixed.length > 0)
    throw new BundleError([
      `The ${kind} ${name} can't be changed in place (${fixed[0]}): delete it by hand first, with its data.`,
    ]);
  const changed = only(one, sort.changeable);
  const details = differences(only(there, Object.keys(changed)), changed);
  const grants = await grantDifferences(workspace, kind, name, one.grants);
  const protection =
    deployed.kept.includes(name) === isProtected(one)
      ? []
      : [`lifecycle.prevent_destroy: ${isProtected(one)}`];
  if (details.length + grants.length + protection.length === 0) return [];
  const apply = async (record: Deployed) => {
    if (details.length > 0)
      await workspace.call(() =>
        workspace.request('PATCH', `${ROUTE}/${list}/${encodeURIComponent(name)}`, changed),
      );
    await setGrants(workspace, kind, name, one.grants);
    protect(record, name, one);
  };
  return [
    { changes: [{ action: 'update', kind, name, details: [...details, ...grants, ...protection] }], apply },
  ];
}

export const isProtected = ({ lifecycle }: Securable): boolean => lifecycle?.prevent_destroy === true;

function protect(record: Deployed, name: string, one: Securable): void {
  record.kept = record.kept.filter((other) => other !== name);
  if (isProtected(one)) record.kept.push(name);
}

/** Returns the step that deletes a schema or volume with its content; it does nothing if the securable does not exist. */
export function removingSecurable(sort: SecurableKind, workspace: Workspace, name: string): Step {
  const { kind, list, loses } = sort;
  return {
    changes: [{ action: 'delete', kind, name, details: [], loses }],
    async apply(record) {
      await sort.delete(workspace, name).catch(ifMissing);
      record[list] = record[list].filter((other) => other !== name);
      record.kept = record.kept.filter((other) => other !== name);
    },
  };
}

/** Returns the object from Unity Catalog; undefined if it does not exist. */
export const existing = (
  sort: SecurableKind,
  workspace: Workspace,
  name: string,
): Promise<object | undefined> => sort.get(workspace, name).catch(ifMissing);

const plain = <Of extends Securable>({ grants: _, lifecycle: __, ...one }: Of) => one;

/** Returns some fields of an object; removes trailing slashes from storage paths. */
const only = (one: object, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(one)
      .filter(([field]) => fields.includes(field))
      .map(([field, value]) => [field, /^storage_/.test(field) ? String(value).replace(/\/+$/, '') : value]),
  );

async function currentGrants(
  workspace: Workspace,
  securable_type: string,
  full_name: string,
): Promise<Map<string, string[]>> {
  const found = await workspace.call((client) => client.grants.get({ securable_type, full_name }));
  return new Map(
    (found.privilege_assignments ?? []).map(({ principal = '', privileges = [] }) => [
      principal,
      [...privileges].sort(),
    ]),
  );
}

interface GrantChange {
  readonly principal: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Returns the changes of grants. If the bundle names any grant, all other grants are revoked; an empty list changes nothing. */
async function grantChanges(
  workspace: Workspace,
  kind: string,
  name: string,
  wanted: readonly Grant[] | undefined,
): Promise<GrantChange[]> {
  if (!wanted?.length) return [];
  const current = await currentGrants(workspace, kind, name);
  const principals = new Set([...current.keys(), ...wanted.map(({ principal }) => principal)]);
  return [...principals]
    .map((principal) => {
      const has = current.get(principal) ?? [];
      const should = wanted
        .filter((one) => one.principal === principal)
        .flatMap(({ privileges }) => privileges);
      return {
        principal,
        add: should.filter((one) => !has.includes(one)),
        remove: has.filter((one) => !should.includes(one)),
      };
    })
    .filter(({ add, remove }) => add.length + remove.length > 0);
}

const grantDifferences = async (...of: Parameters<typeof grantChanges>): Promise<string[]> =>
  (await grantChanges(...of)).map(
    ({ principal, add, remove }) =>
      `grants of ${principal}: ${[...add.map((one) => `+${one}`), ...remove.map((one) => `-${one}`)].join(' ')}`,
  );

async function setGrants(
  workspace: Workspace,
  kind: string,
  name: string,
  wanted: readonly Grant[] | undefined,
): Promise<void> {
  const changes = await grantChanges(workspace, kind, name, wanted);
  if (changes.length > 0)
    await workspace.call(() =>
      workspace.request('PATCH', `${ROUTE}/permissions/${kind}/${encodeURIComponent(name)}`, { changes }),
    );
}

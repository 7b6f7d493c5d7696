/** A bundle for one target, with every reference resolved. */
import type { Tree } from './tree.ts';

export interface Job extends Tree {
  readonly name: string;
  readonly tasks?: readonly Tree[];
}

export interface Grant {
  readonly principal: string;
  readonly privileges: readonly string[];
}

interface Securable {
  readonly name: string;
  readonly catalog_name: string;
  readonly comment?: string;
  readonly grants?: readonly Grant[];
  readonly lifecycle?: { readonly prevent_destroy?: boolean };
}

type NamePart = 'catalog_name' | 'schema_name' | 'name';

/** Returns the full name of a schema or volume, which is also its id. */
export const fullName = ({ catalog_name, schema_name, name }: Partial<Record<NamePart, unknown>>): string =>
  [catalog_name, schema_name, name].filter(Boolean).join('.');

export interface Schema extends Securable {
  readonly properties?: Readonly<Record<string, string>>;
  readonly storage_root?: string;
}

export interface Volume extends Securable {
  readonly schema_name: string;
  readonly volume_type: string;
  readonly storage_location?: string;
}

export interface Dashboard {
  readonly display_name: string;
  /** The folder in the workspace. */
  readonly parent_path: string;
  /** The content of the file that `file_path` names. */
  readonly serialized_dashboard: string;
  readonly warehouse_id?: string;
  readonly embed_credentials?: boolean;
  /** The catalog and schema in which the dashboard's queries look up tables. */
  readonly dataset_catalog?: string;
  readonly dataset_schema?: string;
}

export interface Bundle {
  readonly name: string;
  readonly target: string;
  /** The folder of databricks.yml. */
  readonly root: string;
  /** Folders in the workspace, absolute. */
  readonly workspace: {
    readonly root_path: string;
    readonly file_path: string;
    readonly state_path: string;
    readonly resource_path: string;
  };
  /** Files to upload: paths relative to `root`, with `/`. */
  readonly files: readonly string[];
  /** Jobs by their keys in the bundle, with notebook paths in the workspace. */
  readonly jobs: Readonly<Record<string, Job>>;
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly volumes: Readonly<Record<string, Volume>>;
  readonly dashboards: Readonly<Record<string, Dashboard>>;
  /** Descriptions of the parts that only the Databricks CLI can deploy. */
  readonly others: readonly string[];
}

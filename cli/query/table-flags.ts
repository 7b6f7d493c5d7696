/** The flags of `npm run query` and `npm run query report` that select the tables. */
import { checkName, settingOption } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';
import { UNITY_CATALOG } from '../../src/names.ts';

export const tableOptions = () => ({
  stream: {
    type: 'boolean' as const,
    default: false,
    describe: "read the streaming pipeline's tables instead of the batch pipeline's",
  },
  schema: settingOption('PIPELINE_SCHEMA'),
  catalog: settingOption('PIPELINE_CATALOG'),
});

export interface TableFlags {
  readonly stream: boolean;
  readonly schema?: string | undefined;
  readonly catalog?: string | undefined;
}

/** @throws UsageError if Unity Catalog does not allow a name, or if two flags name a schema */
export function checkTableFlags({ stream, schema, catalog }: TableFlags): void {
  checkName('--schema', schema, UNITY_CATALOG);
  checkName('--catalog', catalog, UNITY_CATALOG);
  if (stream && schema !== undefined)
    throw new UsageError('--stream and --schema both name a schema: use only one of them.');
}

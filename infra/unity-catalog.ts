/**
 * `npm run infra workspace`: creates the objects that Unity Catalog needs to read the bucket and the streams. Existing objects are
 * not changed: after each manual step, the same command resumes.
 */
import { isMissing, type Workspace } from '../src/databricks/client.ts';
import { AppError } from '../src/errors.ts';
import { bucketName, stackName } from '../src/names.ts';
import { stackState } from './doctor/questions.ts';
import type { Session } from './session.ts';

/** Returns the objects' names. They contain the pipeline's id, because all workspaces of a metastore share the objects. */
const unityNames = (id: string) => ({
  storage: stackName(id, 'landing'),
  kinesis: stackName(id, 'kinesis'),
  location: stackName(id, 'landing'),
});

/**
 * Links a workspace to the deployed roles.
 * @returns the exit code: 1 if a manual step remains; the step is printed
 * @throws AppError if the stack `databricks` is not deployed, or the workspace rejects a request
 */
export async function linkWorkspace(
  { aws, infra }: Session,
  workspace: Workspace,
  say: (line: string) => void,
): Promise<number> {
  const { id, databricks } = infra;
  const outputs = (await stackState(aws, stackName(id, 'databricks')))?.outputs ?? {};
  const { StorageRoleArn, KinesisRoleArn } = outputs;
  if (StorageRoleArn === undefined || KinesisRoleArn === undefined)
    throw new AppError(
      'NOT_DEPLOYED',
      'Stack databricks is not deployed: run "npm run infra deploy databricks".',
    );
  const names = unityNames(id);
  const storage = await storageCredential(workspace, names.storage, StorageRoleArn);
  say(`storage credential ${names.storage}: external id ${storage}`);
  const kinesis = await serviceCredential(workspace, names.kinesis, KinesisRoleArn);
  say(`service credential ${names.kinesis}: external id ${kinesis}`);
  if (databricks.storageExternalId !== storage || databricks.kinesisExternalId !== kinesis) {
    say('The roles do not trust these credentials yet. Put this into infra/settings.yml:');
    for (const line of ['databricks:', `  storageExternalId: ${storage}`, `  kinesisExternalId: ${kinesis}`])
      say(`  ${line}`);
    say('Then run "npm run infra deploy databricks", and this command again.');
    return 1;
  }
  await externalLocation(workspace, names.location, names.storage, `s3://${bucketName(id)}`);
  say(`external location ${names.location}: s3://${bucketName(id)}, read only`);
  say(`The bundle's variable: BUNDLE_VAR_service_credential=${names.kinesis}`);
  return 0;
}

/** Returns the result of a query, or undefined if there is no such object. */
async function there<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

interface Credential {
  readonly aws_iam_role?: { readonly role_arn?: string; readonly external_id?: string };
}

/** Returns the credential's external id. @throws AppError if the credential has another role */
function externalId(name: string, role: string, { aws_iam_role }: Credential): string {
  if (aws_iam_role?.role_arn !== role || aws_iam_role.external_id === undefined)
    throw new AppError(
      'OTHER_CREDENTIAL',
      `Credential ${name} has role ${aws_iam_role?.role_arn ?? 'unknown'}, expected ${role}: delete it in Catalog Explorer, and run this command again.`,
    );
  return aws_iam_role.external_id;
}

async function storageCredential(workspace: Workspace, name: string, role: string): Promise<string> {
  const found = await there(workspace.call((client) => client.storageCredentials.get({ name })));
  // Not validated, because the role trusts the credential only after the credential's external id has been deployed to
  // the role.
  const create = { name, aws_iam_role: { role_arn: role }, read_only: true, skip_validation: true };
  return externalId(
    name,
    role,
    found ?? (await workspace.once((client) => client.storageCredentials.create(create))),
  );
}

async function serviceCredential(workspace: Workspace, name: string, role: string): Promise<string> {
  const found = await there(workspace.call((client) => client.credentials.getCredential({ name_arg: name })));
  const create = {
    name,
    purpose: 'SERVICE',
    aws_iam_role: { role_arn: role },
    skip_validation: true,
  } as const;
  return externalId(
    name,
    role,
    found ?? (await workspace.once((client) => client.credentials.createCredential(create))),
  );
}

async function externalLocation(
  workspace: Workspace,
  name: string,
  credential: string,
  url: string,
): Promise<void> {
  const found = await there(workspace.call((client) => client.externalLocations.get({ name })));
  if (found !== undefined && found.url?.replace(/\/$/, '') !== url)
    throw new AppError(
      'OTHER_LOCATION',
      `External location ${name} is at ${found.url}, expected ${url}: delete it in Catalog Explorer, and run this command again.`,
    );
  if (found !== undefined) return;
  // File events are off, because they would need a right that the role lacks: to change the bucket's notifications.
  const create = { name, url, credential_name: credential, read_only: true, enable_file_events: false };
  await workspace.once((client) => client.externalLocations.create(create));
}

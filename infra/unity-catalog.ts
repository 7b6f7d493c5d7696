/**
 * `npm run infra workspace`: creates the objects that Unity Catalog needs to read the bucket and the streams. Existing objects are
 * not changed: after each manual step, the same command resumes.
 */
import { ifMissing, type Workspace } from '../src/databricks/client.ts';
import { AppError } from '../src/errors.ts';
import { bucketName, stackName } from '../src/names.ts';
import { stackState } from './doctor/questions.ts';
import type { Session } from './session.ts';

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
  // The objects' names contain the pipeline's id, because all workspaces of a metastore share the objects.
  const landing = stackName(id, 'landing');
  const streams = stackName(id, 'kinesis');
  // Not validated, because a role trusts its credential only after the credential's external id has been deployed to the role.
  const unvalidated = (name: string, role_arn: string) => ({
    name,
    aws_iam_role: { role_arn },
    skip_validation: true,
  });
  const storage = externalId(
    landing,
    StorageRoleArn,
    await ensured(
      workspace.call((client) => client.storageCredentials.get({ name: landing })),
      () =>
        workspace.once((client) =>
          client.storageCredentials.create({ ...unvalidated(landing, StorageRoleArn), read_only: true }),
        ),
    ),
  );
  say(`storage credential ${landing}: external id ${storage}`);
  const kinesis = externalId(
    streams,
    KinesisRoleArn,
    await ensured(
      workspace.call((client) => client.credentials.getCredential({ name_arg: streams })),
      () =>
        workspace.once((client) =>
          client.credentials.createCredential({
            ...unvalidated(streams, KinesisRoleArn),
            purpose: 'SERVICE',
          }),
        ),
    ),
  );
  say(`service credential ${streams}: external id ${kinesis}`);
  if (databricks.storageExternalId !== storage || databricks.kinesisExternalId !== kinesis) {
    say('The roles do not trust these credentials yet. Put this into infra/settings.yml:');
    for (const line of ['databricks:', `  storageExternalId: ${storage}`, `  kinesisExternalId: ${kinesis}`])
      say(`  ${line}`);
    say('Then run "npm run infra deploy databricks", and this command again.');
    return 1;
  }
  await externalLocation(workspace, landing, `s3://${bucketName(id)}`);
  say(`external location ${landing}: s3://${bucketName(id)}, read only`);
  say(`The bundle's variable: BUNDLE_VAR_service_credential=${streams}`);
  return 0;
}

/** Returns the object that was found. If there is no such object, creates it. */
const ensured = async <T extends object>(found: Promise<T>, create: () => Promise<T>): Promise<T> =>
  (await found.catch(ifMissing)) ?? (await create());

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

/** Ensures that the external location has this address. The storage credential has the same name. */
async function externalLocation(workspace: Workspace, name: string, url: string): Promise<void> {
  const created = {
    name,
    url,
    credential_name: name,
    read_only: true,
    // The validation of a read-only location fails while the bucket is empty.
    skip_validation: true,
    // They would need a right that the role lacks: to change the bucket's notifications.
    enable_file_events: false,
  };
  const found = await ensured(
    workspace.call((client) => client.externalLocations.get({ name })),
    () => workspace.once((client) => client.externalLocations.create(created)),
  );
  if (found.url?.replace(/\/$/, '') !== url)
    throw new AppError(
      'OTHER_LOCATION',
      `External location ${name} is at ${found.url}, expected ${url}: delete it in Catalog Explorer, and run this command again.`,
    );
}

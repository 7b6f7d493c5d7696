/** The roles with which Databricks reads the landing bucket and the streams, through Unity Catalog or an instance profile. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  InstanceProfile,
  type IPrincipal,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { bucketArn } from '../buckets.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import { streamArns } from './streams.ts';

/**
 * A placeholder, which Databricks documents, for the external id that Databricks shows later:
 * https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/storage-credentials
 */
const NOT_YET = '0000';

/** https://docs.databricks.com/aws/en/connect/streaming/kinesis: the actions for polling, and the further actions for enhanced fan-out. */
const POLLING = ['DescribeStream', 'DescribeStreamSummary', 'ListShards', 'GetShardIterator', 'GetRecords'];
const FAN_OUT = [
  ...['RegisterStreamConsumer', 'DeregisterStreamConsumer', 'ListStreamConsumers'],
  ...['DescribeStreamConsumer', 'SubscribeToShard'],
];

export class DatabricksStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    const { storageExternalId, kinesisExternalId } = settings.databricks;
    const files = readFiles(settings);
    const records = readStreams(this, settings);

    const storageRole = this.credentialRole(settings, 'storage', storageExternalId, files);
    const kinesisRole = this.credentialRole(settings, 'kinesis', kinesisExternalId, records);
    const clusterRole = new Role(this, 'ClusterRole', {
      roleName: stackName(settings.id, 'databricks-cluster'),
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: 'Classic clusters: the mount, and the stream without Unity Catalog',
    });
    files(clusterRole);
    records(clusterRole);
    const profile = new InstanceProfile(this, 'ClusterProfile', {
      instanceProfileName: stackName(settings.id, 'databricks-cluster'),
      role: clusterRole,
    });
    const outputs = {
      StorageRoleArn: [storageRole.roleArn, "for Unity Catalog's storage credential"],
      KinesisRoleArn: [kinesisRole.roleArn, "for Unity Catalog's service credential"],
      ClusterRoleArn: [clusterRole.roleArn, "for iam:PassRole of the workspace's own role"],
      InstanceProfileArn: [profile.instanceProfileArn, 'for the bundle variable instance_profile'],
    } as const;
    for (const [output, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, output, { value, description });
  }

  /** Returns a role that Unity Catalog and the role itself can assume, as Databricks requires. */
  private credentialRole(
    settings: InfraSettings,
    kind: string,
    externalId: string | null,
    addRights: (role: Role) => void,
  ): Role {
    const roleName = stackName(settings.id, `databricks-${kind}`);
    const itself = this.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName });
    const unityCatalog: IPrincipal = new ArnPrincipal(settings.databricks.unityCatalogRole).withConditions({
      StringEquals: { 'sts:ExternalId': externalId ?? NOT_YET },
    });
    // A role's trust policy can't name the role before it exists, but can name the account with a condition.
    const self = new AccountRootPrincipal().withConditions({ ArnEquals: { 'aws:PrincipalArn': itself } });
    const role = new Role(this, `${kind}-role`, {
      roleName,
      assumedBy: new CompositePrincipal(unityCatalog, self),
      description: `Unity Catalog's credential for ${kind}`,
    });
    addRights(role);
    allow(role, { service: 'sts', actions: ['AssumeRole'], resources: [itself] });
    return role;
  }
}

const readFiles =
  ({ id }: InfraSettings) =>
  (role: Role): void => {
    allow(role, {
      service: 's3',
      actions: ['GetObject'],
      resources: [bucketArn(id, 'landing', '*')],
      because: 'Reads all objects of the landing bucket',
    });
    allow(role, {
      service: 's3',
      actions: ['ListBucket', 'GetBucketLocation'],
      resources: [bucketArn(id, 'landing')],
    });
  };

const readStreams =
  (stack: Stack, { id, databricks }: InfraSettings) =>
  (role: Role): void => {
    const arns = streamArns(stack, id);
    const kinesis = (actions: readonly string[], resources: readonly string[], because?: string) =>
      allow(role, { service: 'kinesis', actions, resources, ...(because && { because }) });
    kinesis(POLLING, arns);
    if (!databricks.enhancedFanOut) return;
    // IAM checks some of these actions on the stream, others on its consumer.
    const consumers = arns.map((arn) => `${arn}/consumer/*`);
    kinesis(FAN_OUT, [...arns, ...consumers], 'Databricks names its consumers itself');
  };

/**
 * A database to read posts from, as in the original course: MySQL on RDS. It is reachable only through the client machine, over
 * TLS, and with an AWS identity. `npm run infra seed` fills it.
 */
import { ArnFormat, CfnDeletionPolicy, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { CfnDBInstance, CfnDBParameterGroup, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { acknowledge, acknowledgeRule } from '../acknowledge.ts';
import { INSIDE } from '../kafka/network.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import { ADMIN, DATABASE, ENGINE_VERSION, MYSQL_PORT, READER } from '../source/database.ts';
import type { KafkaStack } from './kafka.ts';

/** RDS can restore the database to any time within this number of days. */
const BACKUP_DAYS = 7;

export class SourceStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, kafka: KafkaStack, props: StackProps) {
    super(scope, name, props);
    const { instance, storageGb, keepSnapshot } = settings.source;
    const group = new SecurityGroup(this, 'Group', {
      vpc: kafka.vpc,
      description: 'Source database: accepts connections from the client machine, where tunnels end',
      allowAllOutbound: false,
    });
    group.addIngressRule(kafka.restProxy, Port.tcp(MYSQL_PORT), 'Tunnels of Session Manager');
    const subnets = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'Subnets without a way to the internet',
      subnetIds: kafka.vpc.selectSubnets(INSIDE).subnetIds,
    });
    const parameters = new CfnDBParameterGroup(this, 'Parameters', {
      description: 'Accepts only TLS connections',
      family: `mysql${ENGINE_VERSION}`,
      parameters: { require_secure_transport: '1' },
    });
    const database = new CfnDBInstance(this, 'Database', {
      dbInstanceIdentifier: stackName(settings.id, 'source'),
      engine: 'mysql',
      engineVersion: ENGINE_VERSION,
      dbInstanceClass: instance,
      allocatedStorage: String(storageGb),
      storageType: 'gp3',
      storageEncrypted: true,
      dbName: DATABASE,
      masterUsername: ADMIN,
      // RDS creates the password, stores it in Secrets Manager and changes it every week, so that no template contains it.
      manageMasterUserPassword: true,
      enableIamDatabaseAuthentication: true,
      publiclyAccessible: false,
      multiAz: false,
      dbSubnetGroupName: subnets.ref,
      dbParameterGroupName: parameters.ref,
      vpcSecurityGroups: [group.securityGroupId],
      port: String(MYSQL_PORT),
      backupRetentionPeriod: BACKUP_DAYS,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      deletionProtection: false,
    });
    // Sets both policies, so that a database that an update replaces is treated like a deleted database.
    const policy = keepSnapshot ? CfnDeletionPolicy.SNAPSHOT : CfnDeletionPolicy.DELETE;
    database.cfnOptions.deletionPolicy = policy;
    database.cfnOptions.updateReplacePolicy = policy;
    acknowledge(database, {
      RDS3: 'One zone is enough, because one command generates all posts again',
      RDS10: '"npm run infra destroy" asks before it deletes, and profile production keeps a snapshot',
      RDS11: "MySQL's own port, which only the client machine reaches",
    });
    acknowledgeRule(database, 'E9006', 'RDS updates to the newest minor version of 8.4 automatically');
    database.addMetadata('cfn-lint', { config: { ignore_checks: ['E3691'] } });
    const reader = new ManagedPolicy(this, 'Reader', {
      managedPolicyName: stackName(settings.id, 'source-reader'),
      description: `Allows signing in to the source database as ${READER}, a user with read access`,
    });
    allow(reader, {
      service: 'rds-db',
      actions: ['connect'],
      resources: [
        this.formatArn({
          service: 'rds-db',
          resource: 'dbuser',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: `${database.attrDbiResourceId}/${READER}`,
        }),
      ],
    });
    const outputs = {
      SourceHost: [database.attrEndpointAddress, 'Reachable only through a tunnel to the client machine'],
      SourceSecretArn: [database.attrMasterUserSecretSecretArn, "The administrator's password, for the seed"],
      SourceReaderPolicyArn: [reader.managedPolicyArn, 'For identities that read posts from the database'],
    } as const;
    for (const [output, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, output, { value, description });
  }
}

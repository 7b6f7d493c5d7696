/** Airflow on MWAA, for users who schedule the batch job with it. The DAG and its requirements must already be in the bucket. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CompositePrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEnvironment } from 'aws-cdk-lib/aws-mwaa';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { bucketArn } from '../buckets.ts';
import { AIRFLOW } from '../kafka/network.ts';
import { allowAirflow } from '../orchestration/rights.ts';
import { makeAirflowSecrets } from '../orchestration/secrets.ts';
import { allow } from '../rights.ts';
import type { InfraSettings } from '../settings.ts';
import type { KafkaStack } from './kafka.ts';

/** MWAA requires exactly two zones. */
const ZONES = 2;

/** The paths of the DAG and its requirements in the bucket. */
const DAGS_FOLDER = 'dags';
const REQUIREMENTS = 'requirements.txt';

export class OrchestrationStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, kafka: KafkaStack, props: StackProps) {
    super(scope, name, props);
    const { airflowVersion, environmentClass, maxWorkers, access } = settings.orchestration;
    const environmentName = stackName(settings.id, 'airflow');
    const secrets = makeAirflowSecrets(this, settings);
    const role = new Role(this, 'Role', {
      assumedBy: new CompositePrincipal(
        ...['airflow.amazonaws.com', 'airflow-env.amazonaws.com'].map(
          (service) =>
            new ServicePrincipal(service, {
              conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
            }),
        ),
      ),
      description: "Airflow's workers: their bucket, logs and queue, and two secrets",
    });
    allowAirflow(role, environmentName, settings.id);
    allow(role, {
      service: 'secretsmanager',
      actions: ['GetSecretValue', 'DescribeSecret'],
      resources: secrets.arns,
    });
    const group = new SecurityGroup(this, 'Group', { vpc: kafka.vpc, description: 'Airflow' });
    group.addIngressRule(group, Port.allTraffic(), 'Traffic within Airflow');
    const log = (logLevel: string) => ({ enabled: true, logLevel });
    const environment = new CfnEnvironment(this, 'Environment', {
      name: environmentName,
      airflowVersion,
      environmentClass,
      minWorkers: 1,
      maxWorkers,
      executionRoleArn: role.roleArn,
      sourceBucketArn: bucketArn(settings.id, 'airflow'),
      dagS3Path: DAGS_FOLDER,
      // Without a version MWAA uses the current file; docs/aws.md describes how to switch to a later file.
      requirementsS3Path: REQUIREMENTS,
      airflowConfigurationOptions: secrets.configuration,
      webserverAccessMode: access === 'public' ? 'PUBLIC_ONLY' : 'PRIVATE_ONLY',
      networkConfiguration: {
        subnetIds: kafka.vpc.selectSubnets(AIRFLOW).subnetIds.slice(0, ZONES),
        securityGroupIds: [group.securityGroupId],
      },
      loggingConfiguration: {
        taskLogs: log('INFO'),
        dagProcessingLogs: log('WARNING'),
        schedulerLogs: log('WARNING'),
        webserverLogs: log('WARNING'),
        workerLogs: log('WARNING'),
      },
    });
    // If an environment is created before its role has all rights, it fails after half an hour.
    environment.node.addDependency(role.node.findChild('DefaultPolicy'));
    new CfnOutput(this, 'AirflowUrl', { value: `https://${environment.attrWebserverUrl}` });
    new CfnOutput(this, 'ConnectionSecret', {
      value: secrets.connectionName,
      description: "The secret for the workspace's address and token",
    });
  }
}

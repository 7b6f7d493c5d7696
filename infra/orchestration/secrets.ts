/** The values that Airflow reads from Secrets Manager: the connection to Databricks with its token, and the pipeline's id. */
import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { stackName } from '../../src/names.ts';
import { acknowledge } from '../acknowledge.ts';
import type { InfraSettings } from '../settings.ts';

/** The names that the DAG in airflow/dags uses. */
const CONNECTION = 'databricks_default';
const VARIABLE = 'pipeline_id';

export interface AirflowSecrets {
  readonly arns: string[];
  readonly connectionName: string;
  /** Settings of the environment that make Airflow use Secrets Manager. */
  readonly configuration: Record<string, string>;
}

export function makeAirflowSecrets(scope: Construct, { id }: InfraSettings): AirflowSecrets {
  const folder = (kind: string) => `${stackName(id, 'airflow')}/${kind}`;
  const connectionName = `${folder('connections')}/${CONNECTION}`;
  const connection = new Secret(scope, 'Connection', {
    secretName: connectionName,
    description: "The workspace's address, and a token for it as the password",
    // A random word until the user enters the token, so that no template contains the token.
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ conn_type: 'databricks', host: 'https://not-set.invalid' }),
      generateStringKey: 'password',
    },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const variable = new Secret(scope, 'PipelineId', {
    secretName: `${folder('variables')}/${VARIABLE}`,
    description: "The pipeline's id. It is not secret, but Airflow looks up its variables here",
    secretStringValue: SecretValue.unsafePlainText(id),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  acknowledge(connection, {
    SMG4: 'Databricks issues the token, so AWS cannot rotate it; docs/aws.md describes how to replace it',
  });
  acknowledge(variable, { SMG4: 'It is not secret, and never changes' });
  const lookup = {
    connections_prefix: folder('connections'),
    connections_lookup_pattern: `^${CONNECTION}$`,
    variables_prefix: folder('variables'),
    variables_lookup_pattern: `^${VARIABLE}$`,
  };
  return {
    arns: [connection.secretArn, variable.secretArn],
    connectionName,
    configuration: {
      'core.load_examples': 'false',
      // Workers use this backend too, because [workers] secrets_backend is not set.
      'secrets.backend': 'airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend',
      'secrets.backend_kwargs': JSON.stringify(lookup),
    },
  };
}

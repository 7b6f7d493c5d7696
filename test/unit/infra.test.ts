/** Properties of the AWS stacks that linters don't check. The stacks are synthesized as by "npm run infra synth". */
import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { artifactKey, artifacts } from '../../infra/artifacts.ts';
import { monthlyCost } from '../../infra/cost.ts';
import { PARTS, STACKS, withNeeds } from '../../infra/parts.ts';
import { drawPicture, GUIDE, PICTURED, withPicture } from '../../infra/picture.ts';
import { makeApp, makePipeline } from '../../infra/pipeline.ts';
import { type InfraSettings, readInfraSettings } from '../../infra/settings.ts';
import { type Resource, synthAll, type Template, type Templates } from '../../infra/synth.ts';
import { connectorProperties } from '../../src/connector.ts';
import { readGuide } from '../fixtures/guides.ts';
import { list, type Named, plain, resources, type Statement, statements } from '../fixtures/templates.ts';

const settings = readInfraSettings('demo', { text: PICTURED });
const templates = synthAll(settings);

describe('the API', () => {
  const { Resources: api } = templates.ingress as Template;
  const methods = Object.values(api).filter(({ Type }) => Type === 'AWS::ApiGateway::Method');

  test('requires an IAM signature of every caller', () => {
    expect(methods.length).toBeGreaterThanOrEqual(7);
    for (const { Properties } of methods) expect(Properties.AuthorizationType).toBe('AWS_IAM');
  });

  test('reaches the REST proxy only through the VpcLink', () => {
    const toProxy = methods
      .map(({ Properties }) => Properties.Integration)
      .filter(({ Type }) => Type !== 'AWS');
    expect(toProxy).toHaveLength(1);
    const [{ Type, ConnectionType, ConnectionId, Uri }] = toProxy as [Record<string, unknown>];
    expect({ Type, ConnectionType }).toEqual({ Type: 'HTTP_PROXY', ConnectionType: 'VPC_LINK' });
    const link = api[(ConnectionId as { Ref: string }).Ref];
    expect(link?.Type).toBe('AWS::ApiGateway::VpcLink');
    const balancers = Object.entries(api).filter(([, { Type }]) => Type.endsWith('::LoadBalancer'));
    expect(balancers).toHaveLength(1);
    const [[balancer, { Properties }]] = balancers as [Named];
    expect(link?.Properties.TargetArns).toEqual([{ Ref: balancer }]);
    expect(plain(Uri)).toBe('http://<Balancer.DNSName>:8082/{proxy}');
    expect(Properties).toMatchObject({
      Scheme: 'internal',
      Type: 'network',
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
    });
  });

  test("is the only way to the proxy: the balancer's security group accepts nothing, and the proxy's security group accepts only the balancer", () => {
    const groups = resources(templates, 'AWS::EC2::SecurityGroup');
    const balancer = groups.find(([name]) => name === 'ingress/BalancerGroup')?.[1];
    expect(balancer?.Properties.SecurityGroupIngress).toBeUndefined();
    const proxy = groups.find(([name]) => name === 'kafka/RestProxy')?.[1];
    expect(proxy?.Properties.SecurityGroupIngress).toBeUndefined();
    const rules = resources(templates, 'AWS::EC2::SecurityGroupIngress').filter(([name]) =>
      name.startsWith('ingress/'),
    );
    expect(rules).toHaveLength(1);
    const [[, { Properties }]] = rules as [Named];
    expect(plain(Properties.GroupId)).toContain('RestProxy');
    expect(plain(Properties.SourceSecurityGroupId)).toBe('<BalancerGroup.GroupId>');
    expect([Properties.FromPort, Properties.ToPort]).toEqual([8082, 8082]);
  });

  test('is deployed with all its methods, throttled, and logs its callers', () => {
    const deployment = Object.values(api).find(({ Type }) => Type === 'AWS::ApiGateway::Deployment');
    const named = Object.keys(api).filter((id) => methods.includes(api[id] as Resource));
    expect(deployment?.DependsOn).toEqual(expect.arrayContaining(named));
    const stage = Object.values(api).find(({ Type }) => Type === 'AWS::ApiGateway::Stage')?.Properties;
    expect(stage?.MethodSettings[0]).toMatchObject({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    expect(stage?.AccessLogSetting.Format).toContain('$context.identity.caller');
  });

  test('rejects a record without data or key before it reaches Kinesis', () => {
    const puts = methods.filter(({ Properties }) => Properties.HttpMethod === 'PUT');
    expect(puts).toHaveLength(2);
    for (const { Properties } of puts) {
      expect(Properties.Integration.PassthroughBehavior).toBe('NEVER');
      expect(api[Properties.RequestValidatorId.Ref]?.Properties.ValidateRequestBody).toBe(true);
      const model = api[Properties.RequestModels['application/json'].Ref]?.Properties.Schema;
      const record = model.properties.records?.items ?? model;
      expect(record.required.map((field: string) => field.toLowerCase().replace('-', ''))).toEqual([
        'data',
        'partitionkey',
      ]);
    }
  });
});

describe('Kafka', () => {
  const { Resources: kafka } = templates.kafka as Template;
  const one = (type: string): Resource => {
    const found = Object.values(kafka).filter(({ Type }) => Type === type);
    expect(found).toHaveLength(1);
    return found[0] as Resource;
  };

  test('brokers accept only IAM over TLS, and only from their clients', () => {
    const { ClientAuthentication, EncryptionInfo } = one('AWS::MSK::Cluster').Properties;
    expect(ClientAuthentication).toEqual({
      Sasl: { Iam: { Enabled: true } },
      Unauthenticated: { Enabled: false },
    });
    expect(EncryptionInfo.EncryptionInTransit).toEqual({ ClientBroker: 'TLS', InCluster: true });
    const rules = resources(templates, 'AWS::EC2::SecurityGroupIngress')
      .map(([, { Properties }]) => Properties)
      .filter(({ GroupId }) => plain(GroupId).startsWith('<Brokers.'));
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({ FromPort: 9098, ToPort: 9098 });
    expect(plain(rules[0]?.SourceSecurityGroupId)).toBe('<BrokerClients.GroupId>');
  });

  test.each([
    ['trial', 2],
    ['production', 3],
  ])('in profile %s, Kafka can create its own topics: each has a replica on %i brokers', (profile, zones) => {
    const made = synthAll(readInfraSettings('demo', { text: `profile: ${profile}` }));
    const [[, cluster]] = resources(made, 'AWS::MSK::Cluster') as [Named];
    const [[, { Properties }]] = resources(made, 'AWS::MSK::Configuration') as [Named];
    expect(cluster.Properties.NumberOfBrokerNodes).toBe(zones);
    expect(Properties.ServerProperties.trimEnd().split('\n')).toEqual([
      'auto.create.topics.enable=false',
      `default.replication.factor=${zones}`,
      `min.insync.replicas=${zones - 1}`,
      `offsets.topic.replication.factor=${zones}`,
      `transaction.state.log.replication.factor=${zones}`,
      `transaction.state.log.min.isr=${zones - 1}`,
      'unclean.leader.election.enable=false',
    ]);
  });

  const client = templates.client as Template;
  const machine = (type: string): Resource => {
    const found = Object.values(client.Resources).filter(({ Type }) => Type === type);
    expect(found).toHaveLength(1);
    return found[0] as Resource;
  };

  test('the client machine has no key pair, no public address and no route to the internet', () => {
    const { Properties } = machine('AWS::EC2::Instance');
    expect(Properties.KeyName).toBeUndefined();
    expect(Properties.NetworkInterfaces).toBeUndefined();
    const exported = Properties.SubnetId['Fn::ImportValue'];
    const id = Object.values(templates.kafka?.Outputs ?? {})
      .map((output) => output as { Export?: { Name: string }; Value: { Ref: string } })
      .find((output) => output.Export?.Name === exported)?.Value.Ref as string;
    const subnet = kafka[id] as Resource;
    expect(subnet.Properties.MapPublicIpOnLaunch).toBe(false);
    const tables = Object.values(kafka)
      .filter(({ Type }) => Type === 'AWS::EC2::SubnetRouteTableAssociation')
      .filter((association) => association.Properties.SubnetId.Ref === id)
      .map((association) => association.Properties.RouteTableId.Ref);
    const routes = Object.values(kafka).filter(({ Type }) => Type === 'AWS::EC2::Route');
    expect(tables).toHaveLength(1);
    expect(routes.filter((route) => tables.includes(route.Properties.RouteTableId.Ref))).toEqual([]);
    const template = machine('AWS::EC2::LaunchTemplate');
    expect(template.Properties.LaunchTemplateData.MetadataOptions.HttpTokens).toBe('required');
    // Names of launch templates are unique in an account, so the name contains the pipeline's id.
    expect(template.Properties.LaunchTemplateName).toContain('pinterestdemoclient');
  });

  test('the stack waits for the signal of the machine that it creates', () => {
    const { Properties, DependsOn } = machine('AWS::CloudFormation::WaitCondition');
    expect(list(DependsOn).map((id) => client.Resources[id]?.Type)).toContain('AWS::EC2::Instance');
    const userData = plain(machine('AWS::EC2::Instance').Properties.UserData);
    expect(userData).toContain(`READY_URL='<${Properties.Handle.Ref}>'`);
  });

  test('the balancer sends nothing to the machine before the machine has sent its signal', () => {
    const { DependsOn } = machine('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(list(DependsOn).map((id) => client.Resources[id]?.Type)).toContain(
      'AWS::CloudFormation::WaitCondition',
    );
  });

  test('a second synthesis gives the same templates, so that a deployment without changes replaces no machine', () => {
    // The first synthesis has advanced the CDK's counters, so a counter in a name would change the templates.
    const again = synthAll(settings);
    expect([again.kafka, again.client]).toEqual([templates.kafka, templates.client]);
  });

  test.each<[string, InfraSettings]>([
    ['script', { ...settings, kafka: { ...settings.kafka, partitions: 4 } }],
    ['image', { ...settings, clientImage: 'ami-0123456789abcdef0' }],
  ])('a changed %s makes a new machine, and the stack waits for its signal', (_, other) => {
    const before = Object.keys(client.Resources);
    const made = synthAll(other);
    const imageOf = (from: Templates) => resources(from, 'AWS::EC2::Instance')[0]?.[1].Properties.ImageId;
    expect(imageOf(made)).toEqual(other.clientImage ?? imageOf(templates));
    const after = Object.keys((made.client as Template).Resources);
    const gone = before.filter((id) => !after.includes(id));
    expect(gone).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ClientReadyHandle/),
        expect.stringMatching(/^ClientReady[0-9a-f]{8}/),
      ]),
    );
    // No other stack changes.
    for (const part of PARTS.filter((one) => one !== 'client'))
      expect(made[part], part).toEqual(templates[part]);
  });

  test("brokers' storage grows automatically up to the setting and never shrinks", () => {
    expect(one('AWS::ApplicationAutoScaling::ScalableTarget').Properties).toMatchObject({
      ScalableDimension: 'kafka:broker-storage:VolumeSize',
      MaxCapacity: 500,
    });
    expect(one('AWS::ApplicationAutoScaling::ScalingPolicy').Properties).toMatchObject({
      TargetTrackingScalingPolicyConfiguration: { DisableScaleIn: true, TargetValue: 60 },
    });
  });

  test("the zones in the settings are used instead of the region's first zones", () => {
    const text = 'profile: trial\nkafka: { zoneNames: [us-east-1b, us-east-1d] }\n';
    const subnets = resources(synthAll(readInfraSettings('demo', { text })), 'AWS::EC2::Subnet');
    expect(subnets.map(([, { Properties }]) => Properties.AvailabilityZone)).toEqual([
      'us-east-1b',
      'us-east-1d',
    ]);
  });
});

describe("the VPC's endpoints", () => {
  const endpoints = resources(templates, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties);

  test('let brokers and machines reach only the S3 buckets that they need, each listed by name', () => {
    const [inside] = endpoints.filter(({ PolicyDocument }) => PolicyDocument !== undefined);
    const named = statements(inside?.PolicyDocument).flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) => list(Resource).map((resource) => `${action} ${plain(resource)}`)),
    );
    expect(named.filter((one) => one.endsWith(' *'))).toEqual(['s3:ListAllMyBuckets *']);
    const text = named.join('\n');
    // The client machine's signal reaches CloudFormation through the last of these buckets.
    for (const bucket of ['-artifacts-', '-landing', 'al2023-repos-', 'cloudformation-waitcondition-'])
      expect(text).toContain(bucket);
    expect(named.filter((one) => one.includes('-artifacts-')).map((one) => one.split(' ')[0])).toEqual([
      's3:GetObject',
    ]);
  });

  test("carry Airflow's traffic to S3, so that it does not pass the NAT gateway", () => {
    const gateways = endpoints.filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
    const tables = gateways.flatMap(({ RouteTableIds }) => RouteTableIds.map(plain));
    expect(tables.filter((table: string) => table.includes('airflow'))).toHaveLength(3);
    expect(tables.filter((table: string) => table.includes('inside'))).toHaveLength(3);
  });
});

describe('separate stacks', () => {
  test('log groups are in stack storage, except one, and all have a retention', () => {
    const groups = resources(templates, 'AWS::Logs::LogGroup');
    const own = groups.filter(([name]) => !name.startsWith('storage/'));
    // The execution log is in ingress, since its name contains the API's id.
    expect(own.map(([name]) => name)).toEqual(['ingress/ExecutionLog']);
    for (const [, { Properties }] of groups) expect(Properties.RetentionInDays).toBe(30);
    const named = groups.map(([, { Properties }]) => plain(Properties.LogGroupName));
    const text = JSON.stringify(templates);
    for (const name of named.filter((one) => one.startsWith('/aws/')))
      expect(text.split(`${name}`).length, name).toBeGreaterThan(2);
  });

  test('the client machine and the connector each have a separate stack', () => {
    const types = (part: 'kafka' | 'client' | 'connect') =>
      new Set(Object.values((templates[part] as Template).Resources).map(({ Type }) => Type));
    expect(types('client')).toContain('AWS::EC2::Instance');
    expect(types('kafka')).not.toContain('AWS::EC2::Instance');
    expect(types('connect')).toContain('AWS::KafkaConnect::Connector');
  });
});

describe('Connect', () => {
  const { Resources: connect } = templates.connect as Template;
  const one = (type: string) =>
    Object.entries(connect).find(([, { Type }]) => Type === type) as [string, Resource];

  test("the connector has the same properties as the emulator's sink", () => {
    const [, { Properties }] = one('AWS::KafkaConnect::Connector');
    expect(Properties.ConnectorConfiguration).toEqual(
      connectorProperties({
        id: 'demo',
        bucket: 'pinterest-demo-landing',
        region: { Ref: 'AWS::Region' } as unknown as string,
        flushSize: 1000,
        rotateMs: 300_000,
      }),
    );
  });

  test('the plugin is the zip in the bucket, and is created before the connector', () => {
    const [id, plugin] = one('AWS::KafkaConnect::CustomPlugin');
    const { BucketArn, FileKey } = plugin.Properties.Location.S3Location;
    expect(FileKey).toBe(artifactKey(artifacts.s3Sink.file));
    expect(plain(BucketArn)).toContain(':::pinterest-demo-artifacts-');
    const [, { Properties }] = one('AWS::KafkaConnect::Connector');
    expect(Properties.Plugins).toEqual([
      { CustomPlugin: { CustomPluginArn: { 'Fn::GetAtt': [id, 'CustomPluginArn'] }, Revision: 1 } },
    ]);
  });
});

describe('the order of deployment', () => {
  const app = makeApp();
  const stacks = makePipeline(app, settings);
  app.synth();
  const waitsFor = (stack: Stack | undefined): Stack[] =>
    (stack?.dependencies ?? []).flatMap((other) => [other, ...waitsFor(other)]);

  test('a stack depends on exactly the stacks that PARTS lists for it', () => {
    for (const part of PARTS) {
      const others = new Set(waitsFor(stacks[part]).map(({ stackName }) => stackName));
      const needs = withNeeds([part]).filter((one) => one !== part);
      expect([...others].sort(), part).toEqual(needs.map((one) => `pinterest-demo-${one}`).sort());
    }
  });
});

test('streams are on demand, encrypted, and have the retention of the setting', () => {
  const streams = resources(templates, 'AWS::Kinesis::Stream').map(([, { Properties }]) => Properties);
  expect(streams.map(({ Name }) => Name)).toEqual([
    'streaming-demo-geo',
    'streaming-demo-pin',
    'streaming-demo-user',
  ]);
  for (const stream of streams)
    expect(stream).toMatchObject({
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      StreamEncryption: { EncryptionType: 'KMS' },
      RetentionPeriodHours: 24,
    });
});

test('Airflow finds its connection, and no template contains a token', () => {
  const [[, airflow]] = resources(templates, 'AWS::MWAA::Environment') as [Named];
  const lookup = JSON.parse(airflow.Properties.AirflowConfigurationOptions['secrets.backend_kwargs']);
  const secrets = resources(templates, 'AWS::SecretsManager::Secret').map(([, secret]) => secret.Properties);
  expect(secrets.map(({ Name }) => Name)).toEqual([
    `${lookup.connections_prefix}/databricks_default`,
    `${lookup.variables_prefix}/pipeline_id`,
  ]);
  expect(secrets[0]?.GenerateSecretString.GenerateStringKey).toBe('password');
  expect(secrets[0]?.SecretString).toBeUndefined();
});

describe('the source database', () => {
  const source = templates.source as Template;
  const one = (type: string, from = source): Resource => {
    const found = Object.values(from.Resources).filter(({ Type }) => Type === type);
    expect(found, type).toHaveLength(1);
    return found[0] as Resource;
  };
  const { Properties: database } = one('AWS::RDS::DBInstance');

  test('is private and encrypted, and RDS generates its password, which is in no template', () => {
    expect(database).toMatchObject({
      PubliclyAccessible: false,
      StorageEncrypted: true,
      ManageMasterUserPassword: true,
      EnableIAMDatabaseAuthentication: true,
    });
    expect(database.MasterUserPassword).toBeUndefined();
    const subnets = one('AWS::RDS::DBSubnetGroup').Properties.SubnetIds.map(plain);
    expect(subnets).toHaveLength(3);
    for (const subnet of subnets) expect(subnet).toContain('inside');
  });

  test('rejects connections without TLS', () => {
    const { Family, Parameters } = one('AWS::RDS::DBParameterGroup').Properties;
    expect(Parameters).toEqual({ require_secure_transport: '1' });
    expect(Family).toBe(`mysql${database.EngineVersion}`);
    expect(plain(database.DBParameterGroupName)).toBe('<Parameters>');
  });

  test('accepts connections only from the client machine, and opens none', () => {
    const { Properties: rule } = one('AWS::EC2::SecurityGroupIngress');
    expect(plain(rule.SourceSecurityGroupId)).toContain('RestProxy');
    expect([rule.FromPort, rule.ToPort]).toEqual([3306, 3306]);
    const { Properties: group } = one('AWS::EC2::SecurityGroup');
    expect(group.SecurityGroupIngress).toBeUndefined();
    expect(group.SecurityGroupEgress).toEqual([expect.objectContaining({ CidrIp: '255.255.255.255/32' })]);
    expect(database.VPCSecurityGroups.map(plain)).toEqual(['<Group.GroupId>']);
  });

  test('has a policy that allows signing in to this database only, as its reader', () => {
    const { PolicyDocument } = one('AWS::IAM::ManagedPolicy').Properties;
    const [{ Action, Resource: resource }] = statements(PolicyDocument) as [Statement];
    expect(Action).toBe('rds-db:connect');
    expect(plain(resource)).toBe(
      'arn:<AWS::Partition>:rds-db:<AWS::Region>:<AWS::AccountId>:dbuser:<Database.DbiResourceId>/reader',
    );
  });

  test.each([
    ['production', 'Snapshot'],
    ['trial', 'Delete'],
  ])('in profile %s, has the deletion policy %s', (profile, policy) => {
    const text = `profile: ${profile}\nsource: { enabled: true }\n`;
    const made = synthAll(readInfraSettings('demo', { text })).source as Template;
    expect(one('AWS::RDS::DBInstance', made)).toMatchObject({
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
    });
  });

  test('is off in both profiles', () => {
    for (const profile of ['trial', 'production'])
      expect(readInfraSettings('demo', { text: `profile: ${profile}` }).source.enabled).toBe(false);
  });

  test('can be turned on and off without a change of any other stack', () => {
    const { source: _, ...others } = templates;
    expect(synthAll({ ...settings, source: { ...settings.source, enabled: false } })).toEqual(others);
  });
});

describe('settings', () => {
  const lean: InfraSettings = {
    ...settings,
    kafka: { ...settings.kafka, cluster: 'serverless', zones: 2 },
    orchestration: { ...settings.orchestration, enabled: false },
    databricks: { ...settings.databricks, enhancedFanOut: true, storageExternalId: 'abc-1' },
  };
  const made = synthAll(lean);

  test('a serverless cluster has no brokers, and gets no replication factor, which it would reject', () => {
    expect(resources(made, 'AWS::MSK::Cluster')).toEqual([]);
    expect(resources(made, 'AWS::MSK::ServerlessCluster')).toHaveLength(1);
    const [[, client]] = resources(made, 'AWS::EC2::Instance') as [Named];
    expect(plain(client.Properties.UserData)).not.toContain('--replication-factor');
  });

  test('without Airflow the VPC has no route to the internet', () => {
    expect(made.orchestration).toBeUndefined();
    for (const type of ['NatGateway', 'InternetGateway', 'EIP', 'Route'])
      expect(resources(made, `AWS::EC2::${type}`)).toEqual([]);
    expect(resources(made, 'AWS::S3::Bucket').map(([name]) => name)).not.toContain('storage/airflow');
  });

  test('brokers keep their addresses when Airflow is turned on or off', () => {
    const cidrs = (from: Record<string, Template>) =>
      resources(from, 'AWS::EC2::Subnet')
        .filter(([name]) => name.includes('inside'))
        .map(([, { Properties }]) => Properties.CidrBlock);
    expect(cidrs(made)).toEqual(cidrs(templates).slice(0, 2));
  });

  test("enhanced fan-out and Databricks' external id can be set", () => {
    const text = JSON.stringify(made.databricks);
    expect(text).toContain('kinesis:SubscribeToShard');
    expect(text).toContain(':stream/streaming-demo-pin/consumer/*');
    expect(text).toContain('"sts:ExternalId":"abc-1"');
    expect(JSON.stringify(templates.databricks)).not.toContain('SubscribeToShard');
  });

  test.each([
    ['kafka: { zones: 4 }', 'kafka.zones must be a whole number from 2 to 3.'],
    ['kafka: { clientInstance: t3.small }', 'kafka.clientInstance must be an arm64 instance type'],
    ['logs: { retentionDays: 31 }', 'logs.retentionDays must be one of 1, 3, 5,'],
    ['kafka: { brokers: 3 }', 'there is no setting kafka.brokers.'],
    ['extra: 1', 'there is no setting extra.'],
    [
      'kafka: { zoneNames: [us-east-1a] }',
      'kafka.zoneNames must name 2 zones, the number in kafka.zones; got 1.',
    ],
    ['kafka: { brokerStorageMaxGb: 5 }', 'kafka.brokerStorageMaxGb must be at least'],
    ['alarms: { email: nobody }', 'alarms.email must be a mail address, or null.'],
    ['kafka: [', 'infra/settings.yml is not valid YAML ('],
  ])('%s is rejected', (change, sentence) => {
    expect(() => readInfraSettings('demo', { text: `profile: trial\n${change}\n` })).toThrow(sentence);
  });

  test.each(['', 'profile: big', 'just text'])('a file without a known profile is rejected: "%s"', (text) => {
    expect(() => readInfraSettings('demo', { text })).toThrow('profile must be trial or production; got ');
  });

  test('a profile has a value for every setting, and settings.yml changes only the settings in it', () => {
    const trial = readInfraSettings('demo', { text: 'profile: trial\nkafka: { partitions: 5 }\n' });
    expect(trial.kafka).toMatchObject({ brokerInstance: 'kafka.t3.small', zones: 2, partitions: 5 });
    expect(trial.streams.mode).toBe('provisioned');
    const production = readInfraSettings('demo', { text: 'profile: production' });
    expect(production.kafka).toMatchObject({ brokerInstance: 'kafka.m7g.large', zones: 3, partitions: 3 });
    expect([trial, production].map(({ orchestration }) => orchestration.enabled)).toEqual([false, false]);
  });
});

describe('names with the longest id', () => {
  const id = 'a'.repeat(15);
  const limits: Record<string, number> = {
    // From the user guides of S3, IAM, MSK, MWAA and Kinesis.
    'AWS::S3::Bucket BucketName': 63,
    'AWS::IAM::Role RoleName': 64,
    'AWS::IAM::InstanceProfile InstanceProfileName': 128,
    'AWS::IAM::ManagedPolicy ManagedPolicyName': 128,
    'AWS::Kinesis::Stream Name': 128,
    'AWS::MSK::Cluster ClusterName': 64,
    'AWS::KafkaConnect::Connector ConnectorName': 128,
  };

  test("are within AWS's limits in the region with the longest name", () => {
    const found = Object.values(synthAll(readInfraSettings(id, { text: PICTURED })))
      .flatMap(({ Resources }) => Object.values(Resources))
      .flatMap(({ Type, Properties }) =>
        Object.entries(Properties ?? {}).map(([field, value]) => [`${Type} ${field}`, value] as const),
      )
      .filter(([field]) => field in limits)
      .map(([field, value]) => {
        const name = plain(value)
          .replace('<AWS::AccountId>', '0'.repeat(12))
          .replace('<AWS::Region>', 'ap-southeast-1');
        return { field, name, over: Math.max(0, name.length - (limits[field] ?? 0)) };
      });
    expect(found.filter(({ over }) => over > 0)).toEqual([]);
    expect(found.map(({ field }) => field)).toEqual(expect.arrayContaining(Object.keys(limits)));
    expect(
      Math.max(...found.filter(({ field }) => field.endsWith('BucketName')).map(({ name }) => name.length)),
    ).toBe(63);
  });
});

describe('the cost', () => {
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);

  /** Returns the quantities of what is billed by the hour or month, as the templates have them. Its keys are those of prices.yml. */
  function quantities(made: Templates): Record<string, number> {
    const all = (type: string) => resources(made, `AWS::${type}`).map(([, { Properties }]) => Properties);
    const brokers = all('MSK::Cluster');
    const streams = all('Kinesis::Stream');
    const endpoints = all('EC2::VPCEndpoint').filter(
      ({ VpcEndpointType }) => VpcEndpointType === 'Interface',
    );
    const databases = all('RDS::DBInstance');
    const machines = all('EC2::Instance');
    return {
      'broker storage GB': sum(
        brokers.map(
          ({ NumberOfBrokerNodes, BrokerNodeGroupInfo: { StorageInfo } }) =>
            NumberOfBrokerNodes * StorageInfo.EBSStorageInfo.VolumeSize,
        ),
      ),
      [brokers[0]?.BrokerNodeGroupInfo.InstanceType ?? 'serverless cluster']:
        brokers[0]?.NumberOfBrokerNodes ?? all('MSK::ServerlessCluster').length,
      // An endpoint is billed in each of its zones.
      'interface endpoint': sum(endpoints.map(({ SubnetIds }) => SubnetIds.length)),
      'nat gateway': all('EC2::NatGateway').length,
      'public address': all('EC2::EIP').length,
      [machines[0]?.InstanceType]: machines.length,
      'disk GB': sum(
        machines.flatMap(({ BlockDeviceMappings }) =>
          list(BlockDeviceMappings).map(({ Ebs }) => Ebs.VolumeSize),
        ),
      ),
      'machine metrics': machines.filter(({ Monitoring }) => Monitoring).length,
      'capacity unit': sum(
        all('KafkaConnect::Connector').map(
          ({ Capacity: { ProvisionedCapacity } }) =>
            ProvisionedCapacity.McuCount * ProvisionedCapacity.WorkerCount,
        ),
      ),
      'load balancer': all('ElasticLoadBalancingV2::LoadBalancer').length,
      'on-demand stream': streams.filter(({ ShardCount }) => ShardCount === undefined).length,
      shard: sum(streams.map(({ ShardCount }) => ShardCount ?? 0)),
      alarm: all('CloudWatch::Alarm').length,
      dashboard: all('CloudWatch::Dashboard').length,
      'database storage GB': sum(databases.map(({ AllocatedStorage }) => Number(AllocatedStorage))),
      // RDS generates the password of the database, and stores it in a secret.
      secret:
        all('SecretsManager::Secret').length +
        databases.filter(({ ManageMasterUserPassword }) => ManageMasterUserPassword).length,
      ...Object.fromEntries(databases.map(({ DBInstanceClass }) => [DBInstanceClass, 1])),
      ...Object.fromEntries(all('MWAA::Environment').map(({ EnvironmentClass }) => [EnvironmentClass, 1])),
    };
  }

  test.each([
    PICTURED,
    'profile: trial',
    'profile: trial\nkafka: { cluster: serverless }\nstreams: { shards: 2 }\nconnect: { workers: 2, capacityUnits: 4 }\n',
  ])('with the settings "%s" counts what the templates have', (text) => {
    const given = readInfraSettings('demo', { text });
    const counted: Record<string, number> = {};
    // The templates contain neither the workspace's machines nor the topics' partitions.
    for (const { part, what, quantity } of monthlyCost(given, 'us-east-1').lines)
      if (part !== 'workspace' && what !== 'serverless partition')
        counted[what] = (counted[what] ?? 0) + quantity;
    const made = Object.entries(quantities(synthAll(given))).filter(([, quantity]) => quantity > 0);
    expect(counted).toEqual(Object.fromEntries(made));
  });
});

describe('docs/aws.md', () => {
  const guide = readFileSync(GUIDE, 'utf8');

  test('has the current picture of the stacks', () => {
    expect(guide).toBe(withPicture(guide, drawPicture(templates)));
  });

  test('and README.md state what the profiles cost', () => {
    const [trial = 0, production = 0] = ['trial', 'production'].map(
      (profile) => monthlyCost(readInfraSettings('demo', { text: `profile: ${profile}` }), 'eu-west-1').sum,
    );
    const day = `$${((trial * 12) / 365).toFixed(1)}0 a day`;
    expect(guide).toContain(`$${trial.toFixed(0)} a month, ${day}`);
    expect(guide).toContain(`$${production.toFixed(0)} a month`);
    expect(readGuide('README.md')).toContain(`${day} in profile \`trial\``);
  });

  test('names the variable with which infra check finds the tables', () => {
    expect(guide.slice(guide.indexOf('## See it arrive'))).toContain('PIPELINE_CATALOG');
  });

  test('documents each setting and the cost of each stack', () => {
    const { id: _, profile: __, clientImage: ___, ...groups } = settings;
    const rows = guide.split('\n').filter((line) => line.startsWith('| '));
    for (const [group, values] of Object.entries(groups))
      for (const setting of Object.keys(values))
        expect(
          rows.some((row) => row.split('|')[1]?.includes(`\`${group}.${setting}\``)),
          `${group}.${setting}`,
        ).toBe(true);
    const costs = guide.slice(guide.indexOf('## What it costs'), guide.indexOf('## Network access'));
    for (const part of Object.keys(STACKS)) expect(costs).toContain(`| \`${part}\` |`);
  });
});

/** The AWS stacks: what linters don't see. They are made once, as "npm run infra synth" makes them. */
import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { artifactKey, artifacts } from '../../infra/artifacts.ts';
import { STACKS, WITHOUT_BUCKETS } from '../../infra/parts.ts';
import { drawPicture, GUIDE, withPicture } from '../../infra/picture.ts';
import { makeApp, makePipeline } from '../../infra/pipeline.ts';
import { type InfraSettings, readInfraSettings, SETTINGS_FILE } from '../../infra/settings.ts';
import { type Resource, synthAll, type Template } from '../../infra/synth.ts';
import { connectorProperties } from '../../src/connector.ts';
import { list, type Named, plain, resources } from '../fixtures/templates.ts';

const settings = readInfraSettings('demo');
const templates = synthAll(settings);

describe('the API', () => {
  const { Resources: api } = templates.ingress as Template;
  const methods = Object.values(api).filter(({ Type }) => Type === 'AWS::ApiGateway::Method');

  test('asks every caller for a signature of IAM', () => {
    expect(methods.length).toBeGreaterThanOrEqual(7);
    for (const { Properties } of methods) expect(Properties.AuthorizationType).toBe('AWS_IAM');
  });

  test('reaches the REST proxy through the VpcLink alone', () => {
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

  test("lets nobody else in: the balancer's group takes nothing, the proxy's only the balancer", () => {
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

  test('is deployed with all its methods, throttled, and writes who called', () => {
    const deployment = Object.values(api).find(({ Type }) => Type === 'AWS::ApiGateway::Deployment');
    const named = Object.keys(api).filter((id) => methods.includes(api[id] as Resource));
    expect(deployment?.DependsOn).toEqual(expect.arrayContaining(named));
    const stage = Object.values(api).find(({ Type }) => Type === 'AWS::ApiGateway::Stage')?.Properties;
    expect(stage?.MethodSettings[0]).toMatchObject({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    expect(stage?.AccessLogSetting.Format).toContain('$context.identity.caller');
  });

  test('refuses a record without data or key before Kinesis sees it', () => {
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

  test('brokers take IAM over TLS and nothing else, from their clients alone', () => {
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

  test('the client machine has no key pair, no public address and no way to the internet', () => {
    const { Properties } = one('AWS::EC2::Instance');
    expect(Properties.KeyName).toBeUndefined();
    expect(Properties.NetworkInterfaces).toBeUndefined();
    const subnet = kafka[Properties.SubnetId.Ref] as Resource;
    expect(subnet.Properties.MapPublicIpOnLaunch).toBe(false);
    const tables = Object.values(kafka)
      .filter(({ Type }) => Type === 'AWS::EC2::SubnetRouteTableAssociation')
      .filter((association) => association.Properties.SubnetId.Ref === Properties.SubnetId.Ref)
      .map((association) => association.Properties.RouteTableId.Ref);
    const routes = Object.values(kafka).filter(({ Type }) => Type === 'AWS::EC2::Route');
    expect(tables).toHaveLength(1);
    expect(routes.filter((route) => tables.includes(route.Properties.RouteTableId.Ref))).toEqual([]);
    const [template] = Object.values(kafka).filter(({ Type }) => Type === 'AWS::EC2::LaunchTemplate');
    expect(template?.Properties.LaunchTemplateData.MetadataOptions.HttpTokens).toBe('required');
    // Launch templates' names are an account's: another pipeline has another.
    expect(template?.Properties.LaunchTemplateName).toContain('pinterestdemokafka');
  });

  test('the stack waits for the word of the machine that it made', () => {
    const { Properties, DependsOn } = one('AWS::CloudFormation::WaitCondition');
    expect(list(DependsOn).map((id) => kafka[id]?.Type)).toContain('AWS::EC2::Instance');
    const userData = plain(one('AWS::EC2::Instance').Properties.UserData);
    expect(userData).toContain(`READY_URL='<${Properties.Handle.Ref}>'`);
  });

  test('the balancer is not sent to the machine before its word', () => {
    const { DependsOn } = one('AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(list(DependsOn).map((id) => kafka[id]?.Type)).toContain('AWS::CloudFormation::WaitCondition');
  });

  test('what is made twice is the same: a deployment without a change replaces no machine', () => {
    // The first synthesis of this file has moved the CDK's counters; another process begins with them at 0.
    expect(synthAll(settings).kafka).toEqual(templates.kafka);
    const before = Object.keys(kafka).filter((id) => id.startsWith('Client'));
    const other = { ...settings, kafka: { ...settings.kafka, partitions: 4 } };
    const after = Object.keys((synthAll(other).kafka as Template).Resources);
    expect(before.filter((id) => !after.includes(id))).toEqual([
      expect.stringMatching(/^ClientReadyHandle/),
      expect.stringMatching(/^Client[0-9A-F]{8}/),
      expect.stringMatching(/^ClientReady/),
    ]);
  });
});

describe('Connect', () => {
  const { Resources: connect } = templates.connect as Template;
  const one = (type: string) =>
    Object.entries(connect).find(([, { Type }]) => Type === type) as [string, Resource];

  test('the connector runs with the properties that the sink on this machine runs with', () => {
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

  test('the zip is in its bucket, and the plugin is there before the connector', () => {
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

  test('the connector waits for the cluster, and for the bucket with its zip', () => {
    expect(stacks.connect?.dependencies.map(({ stackName }) => stackName).sort()).toEqual([
      'pinterest-demo-kafka',
      'pinterest-demo-storage',
    ]);
  });

  test('stacks that are deployed without filling buckets wait for none, all others do', () => {
    const { storage, ...others } = stacks;
    const without = Object.entries(others).filter(([, stack]) => !waitsFor(stack).includes(storage as Stack));
    expect(without.map(([part]) => part)).toEqual(WITHOUT_BUCKETS);
  });
});

test('streams are on demand, encrypted, and keep records as long as the setting says', () => {
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

test('Airflow finds its connection, and no template holds a token', () => {
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

describe('settings', () => {
  const lean: InfraSettings = {
    ...settings,
    kafka: { ...settings.kafka, cluster: 'serverless', zones: 2 },
    orchestration: { ...settings.orchestration, enabled: false },
    databricks: { ...settings.databricks, enhancedFanOut: true, storageExternalId: 'abc-1' },
  };
  const made = synthAll(lean);

  test('serverless: no brokers, and no replication that it would refuse', () => {
    expect(resources(made, 'AWS::MSK::Cluster')).toEqual([]);
    expect(resources(made, 'AWS::MSK::ServerlessCluster')).toHaveLength(1);
    const [[, client]] = resources(made, 'AWS::EC2::Instance') as [Named];
    expect(plain(client.Properties.UserData)).not.toContain('--replication-factor');
  });

  test('without Airflow nothing in the VPC has a way to the internet', () => {
    expect(made.orchestration).toBeUndefined();
    for (const type of ['NatGateway', 'InternetGateway', 'EIP', 'Route'])
      expect(resources(made, `AWS::EC2::${type}`)).toEqual([]);
    expect(resources(made, 'AWS::S3::Bucket')).toHaveLength(3);
  });

  test('brokers keep their addresses when Airflow comes or goes', () => {
    const cidrs = (from: Record<string, Template>) =>
      resources(from, 'AWS::EC2::Subnet')
        .filter(([name]) => name.includes('inside'))
        .map(([, { Properties }]) => Properties.CidrBlock);
    expect(cidrs(made)).toEqual(cidrs(templates).slice(0, 2));
  });

  test("enhanced fan-out and Databricks' external id", () => {
    const text = JSON.stringify(made.databricks);
    expect(text).toContain('kinesis:SubscribeToShard');
    expect(text).toContain('"sts:ExternalId":"abc-1"');
    expect(JSON.stringify(templates.databricks)).not.toContain('SubscribeToShard');
  });

  test.each([
    ['zones: 3', 'zones: 4', 'kafka.zones has to be a whole number from 2 to 3.'],
    ['t4g.small', 't3.small', 'kafka.clientInstance has to be an arm64 instance type such as t4g.small.'],
    ['retentionDays: 30', 'retentionDays: 31', 'logs.retentionDays has to be one of 1, 3, 5,'],
    ['zones: 3', 'brokers: 3', 'kafka.zones has to be a whole number from 2 to 3.'],
    ['streams:', 'extra: 1\nstreams:', 'a setting that nobody reads: extra.'],
    ['kafka:', 'kafka: [', 'infra/settings.yml is no YAML ('],
  ])('%s changed to %s is refused', (before, after, sentence) => {
    const text = readFileSync(SETTINGS_FILE, 'utf8').replace(before, after);
    expect(() => readInfraSettings('demo', { text })).toThrow(sentence);
  });

  test('an id that no bucket could have is refused', () => {
    expect(() => readInfraSettings('my_posts')).toThrow(
      'PIPELINE_ID names an S3 bucket in AWS, so it may hold lower-case letters, digits and - only; got "my_posts".',
    );
  });

  test.each([
    ['eu-west-1', 20],
    ['ap-southeast-1', 15],
  ])("an id that makes a bucket's name too long is refused: in %s, one of more than %i", (region, most) => {
    expect(readInfraSettings('a'.repeat(most), { region }).id).toHaveLength(most);
    expect(() => readInfraSettings('a'.repeat(most + 1), { region })).toThrow(
      `-artifacts-<account>-${region}, whose name may have 63 characters: in ${region} the id may have ${most} at most; got "a`,
    );
  });
});

describe('docs/aws.md', () => {
  const guide = readFileSync(GUIDE, 'utf8');

  test('holds the picture of the stacks as they are', () => {
    expect(guide).toBe(withPicture(guide, drawPicture(templates)));
  });

  test('says what each setting does, and what each stack costs', () => {
    const { id: _, ...groups } = settings;
    const rows = guide.split('\n').filter((line) => line.startsWith('| '));
    for (const [group, values] of Object.entries(groups))
      for (const setting of Object.keys(values))
        expect(
          rows.some((row) => row.split('|')[1]?.includes(`\`${group}.${setting}\``)),
          `${group}.${setting}`,
        ).toBe(true);
    const costs = guide.slice(guide.indexOf('## What it costs'), guide.indexOf('## Who reaches'));
    for (const part of Object.keys(STACKS)) expect(costs).toContain(`| \`${part}\` |`);
  });
});

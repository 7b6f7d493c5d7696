/** Access in the AWS stacks: permissions, trust policies, buckets. */
import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { PICTURED } from '../../infra/picture.ts';
import { makeApp } from '../../infra/pipeline.ts';
import { allow } from '../../infra/rights.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { synthAll } from '../../infra/synth.ts';
import { list, plain, resources, statements, withoutHashes } from '../fixtures/templates.ts';

const templates = synthAll(readInfraSettings('demo', { text: PICTURED }));

describe('permissions', () => {
  test('a role or policy has a * only with a reason, which is in its template', () => {
    const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
      resources(templates, type),
    );
    const found: string[] = [];
    for (const [name, { Properties, Metadata }] of policies) {
      const reasons = new Map(
        Metadata?.cdk_nag?.rules_to_suppress.map(({ id, reason }) => [withoutHashes(id), reason]),
      );
      const words = statements(Properties.PolicyDocument).flatMap(({ Action, Resource }) => [
        ...list(Action).map((action) => `Action::${action}`),
        ...list(Resource).map((resource) => `Resource::${plain(resource)}`),
      ]);
      for (const word of words.filter((one) => one.includes('*'))) {
        found.push(`${name} ${word}`);
        expect(reasons.get(`AwsSolutions-IAM5[${word}]`), `${name} ${word}`).toMatch(/\w+ \w+ \w+/);
      }
    }
    expect(found).toMatchSnapshot();
  });

  test('the client machine has no rights of Systems Manager except those of sessions', () => {
    const managed = resources(templates, 'AWS::IAM::Role')
      .filter(([name]) => name === 'client/ClientRole')
      .map(([, { Properties }]) => Properties.ManagedPolicyArns);
    expect(managed).toEqual([undefined]);
    const rights = resources(templates, 'AWS::IAM::Policy')
      .filter(([name]) => name.startsWith('client/'))
      .flatMap(([, policy]) => statements(policy.Properties.PolicyDocument))
      .flatMap(({ Action }) => list(Action))
      .filter((action) => /^(ssm|ec2messages)/.test(action));
    expect(rights.sort()).toEqual([
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
  });

  test('a * without a reason fails the synthesis', () => {
    const app = makeApp();
    const stack = new Stack(app, 'careless');
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    allow(role, { service: 's3', actions: ['GetObject'], resources: ['*'] });
    expect(() => app.synth()).toThrow('IAM5[Resource::*]');
  });

  test('each role can be assumed only by the expected principals', () => {
    const trust = resources(templates, 'AWS::IAM::Role').map(([name, { Properties }]) => [
      name,
      ...statements(Properties.AssumeRolePolicyDocument).flatMap(({ Principal, Condition }) => {
        const who = Object.values(Principal as object).flatMap((value) => list(value).map(plain));
        const when = Object.values(Condition ?? {})
          .flatMap(Object.entries)
          .map(([key, value]) => `${key} = ${plain(value)}`);
        return who.map((one) => [one, ...when].join(' when '));
      }),
    ]);
    const unityCatalog =
      'arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL when sts:ExternalId = 0000';
    const account = 'arn:<AWS::Partition>:iam::<AWS::AccountId>';
    const itself = (role: string) =>
      `${account}:root when aws:PrincipalArn = ${account}:role/pinterest-demo-databricks-${role}`;
    const ofThisAccount = 'when aws:SourceAccount = <AWS::AccountId>';
    expect(trust).toEqual([
      ['kafka/VpcallIAMRole', 'vpc-flow-logs.amazonaws.com'],
      [expect.stringMatching(/^kafka\/AWS\w+ServiceRole$/), 'lambda.amazonaws.com'],
      ['client/ClientRole', 'ec2.amazonaws.com'],
      ['connect/Role', `kafkaconnect.amazonaws.com ${ofThisAccount}`],
      ['ingress/ApiCloudWatchRole', 'apigateway.amazonaws.com'],
      ['ingress/KinesisRole', 'apigateway.amazonaws.com'],
      ['databricks/storagerole', unityCatalog, itself('storage')],
      ['databricks/kinesisrole', unityCatalog, itself('kinesis')],
      ['databricks/ClusterRole', 'ec2.amazonaws.com'],
      [
        'orchestration/Role',
        `airflow-env.amazonaws.com ${ofThisAccount}`,
        `airflow.amazonaws.com ${ofThisAccount}`,
      ],
    ]);
  });

  test('Databricks is the only other account that is named', () => {
    const text = JSON.stringify(templates);
    const accounts = new Set([...text.matchAll(/arn:aws:iam::(\d{12})/g)].map(([, account]) => account));
    expect([...accounts]).toEqual(['414351767826']);
  });
});

describe('buckets', () => {
  const buckets = resources(templates, 'AWS::S3::Bucket');
  const policies = resources(templates, 'AWS::S3::BucketPolicy').map(([, policy]) => policy);

  test.each(buckets)(
    '%s is private, encrypted and accepts only TLS; it is kept when its stack is deleted, unless creating the bucket failed',
    (name, bucket) => {
      expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(bucket.Properties.BucketEncryption).toBeDefined();
      expect(bucket.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
      expect(bucket.Properties.LifecycleConfiguration.Rules.length).toBeGreaterThan(0);
      const id = name.replace('storage/', '');
      const policy = policies.find(({ Properties }) => plain(Properties.Bucket) === `<${id}>`);
      for (const one of [bucket, policy] as readonly unknown[])
        expect((one as { DeletionPolicy: string }).DeletionPolicy).toBe('RetainExceptOnCreate');
      const { PolicyDocument } = policy?.Properties ?? {};
      const denied = statements(PolicyDocument).filter(({ Effect }) => Effect === 'Deny');
      expect(denied.map(({ Condition }) => Condition)).toContainEqual({
        Bool: { 'aws:SecureTransport': 'false' },
      });
      const allowed = statements(PolicyDocument).filter(({ Effect }) => Effect === 'Allow');
      for (const { Principal } of allowed) expect(Principal).toEqual({ Service: 'logging.s3.amazonaws.com' });
    },
  );
});

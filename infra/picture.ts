/** The architecture diagram, drawn from the synthesized stacks: `npm run infra:picture` puts it into docs/aws.md. */
import { fileURLToPath } from 'node:url';
import { AppError } from '../src/errors.ts';
import { BUCKET_KINDS } from './bucket-kinds.ts';
import { STACKS } from './parts.ts';
import { type Link, links, type Node } from './references.ts';
import type { Templates } from './synth.ts';

/**
 * The types of resources that are drawn, with their shapes. Other resources (rights, groups, logs, routes) are not drawn,
 * but an arrow is drawn between resources that are linked through them.
 */
const DRAWN: Readonly<Record<string, (properties: Node['properties']) => string>> = {
  'AWS::S3::Bucket': ({ BucketName }) => `[(bucket ${bucketKind(BucketName)})]`,
  'AWS::Kinesis::Stream': ({ Name }) => `[/${Name}/]`,
  'AWS::MSK::Cluster': () => '[[MSK cluster]]',
  'AWS::MSK::ServerlessCluster': () => '[[MSK cluster, serverless]]',
  'AWS::EC2::Instance': () => '[client machine: REST proxy]',
  'AWS::KafkaConnect::CustomPlugin': () => '[plugin]',
  'AWS::KafkaConnect::Connector': ({ ConnectorName }) => `[connector ${ConnectorName}]`,
  'AWS::ApiGateway::RestApi': () => '{{API Gateway}}',
  'AWS::ApiGateway::VpcLink': () => '[VpcLink]',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => '[network load balancer]',
  'AWS::SNS::Topic': () => '([topic of the alarms])',
  'AWS::Budgets::Budget': () => '[monthly budget]',
  'AWS::CloudWatch::Dashboard': () => '[alarms and dashboard]',
  'AWS::RDS::DBInstance': () => '[(MySQL)]',
  'AWS::MWAA::Environment': () => '[MWAA: Airflow]',
  'AWS::SecretsManager::Secret': ({ Name }) => `[secret ${String(Name).split('/').at(-1)}]`,
};

/** Returns the shape of a role that Databricks assumes; undefined for other resources. Only these roles have a RoleName. */
const namedRole = ({ properties: { RoleName } }: Node): string | undefined =>
  RoleName && `[role ${String(RoleName).split('-').at(-1)}]`;

const BUCKET_KIND = new RegExp(`-(${BUCKET_KINDS.join('|')})\\b`);

/** Returns the kind of a bucket, such as `artifacts` for `shop-demo-artifacts-<account>-<region>`. */
const bucketKind = (name: unknown): string => BUCKET_KIND.exec(JSON.stringify(name))?.[1] ?? '';

const shape = (node: Node): string | undefined => DRAWN[node.type]?.(node.properties) ?? namedRole(node);

/** Returns the picture as Mermaid text. */
export function drawPicture(templates: Templates): string {
  const { nodes, edges } = links(templates);
  const drawn = [...nodes.values()].filter((node) => shape(node) !== undefined && !isLogBucket(node));
  const lines = ['flowchart LR', '  producer([producer])'];
  for (const [part, { title }] of Object.entries(STACKS)) {
    const inside = drawn.filter((node) => node.part === part);
    if (inside.length === 0) continue;
    lines.push(`  subgraph ${part} ["${part}: ${title}"]`);
    for (const node of inside) lines.push(`    ${name(node)}${shape(node)}`);
    lines.push('  end');
  }
  lines.push('  workspace([Databricks])');
  for (const node of drawn) {
    if (node.type === 'AWS::RDS::DBInstance') lines.push(`  ${name(node)} --> producer`);
    if (node.type === 'AWS::ApiGateway::RestApi') lines.push(`  producer --> ${name(node)}`);
    if (node.part === 'databricks') lines.push(`  workspace --> ${name(node)}`);
    for (const target of direct(node, edges, drawn)) lines.push(`  ${name(node)} --> ${name(target)}`);
  }
  return `${lines.join('\n')}\n`;
}

const isLogBucket = ({ type, properties }: Node) =>
  type === 'AWS::S3::Bucket' && bucketKind(properties.BucketName) === 'logs';

const name = ({ part, id }: Node): string => `${part}_${id.replace(/[0-9A-F]{8}[0-9a-f]*$/, '')}`;

/** Returns the drawn resources that `from` reaches, except those that it reaches through another drawn resource. */
function direct(from: Node, edges: readonly Link[], drawn: readonly Node[]): Node[] {
  const next = reach(from, edges, drawn);
  const further = next.flatMap((node) => reach(node, edges, drawn));
  return next.filter((node) => !further.includes(node));
}

/** Returns the drawn resources that `from` refers to, directly or through resources that are not drawn. */
function reach(from: Node, edges: readonly Link[], drawn: readonly Node[]): Node[] {
  const found = new Set<Node>();
  const seen = new Set<Node>([from]);
  const open = [from];
  for (let node = open.pop(); node; node = open.pop())
    for (const { target } of edges.filter(({ source }) => source === node)) {
      if (seen.has(target)) continue;
      seen.add(target);
      if (drawn.includes(target)) found.add(target);
      else open.push(target);
    }
  return [...found].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** The settings that the picture shows: all stacks. */
export const PICTURED = 'profile: production\nsource: { enabled: true }\norchestration: { enabled: true }\n';

export const GUIDE = fileURLToPath(new URL('../docs/aws.md', import.meta.url));
const FRAME = /(<!-- picture: npm run infra:picture -->\n```mermaid\n)[\s\S]*?(```\n)/;

/** Returns the text of docs/aws.md with `picture` in its diagram block, below the comment "picture: npm run infra:picture". */
export function withPicture(guide: string, picture: string): string {
  if (!FRAME.test(guide))
    throw new AppError(
      'PICTURE',
      'docs/aws.md has no place for the picture: restore "<!-- picture: npm run infra:picture -->" and the mermaid block after it.',
    );
  return guide.replace(FRAME, (_, before, after) => `${before}${picture}${after}`);
}

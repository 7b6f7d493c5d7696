/** Finds the links between resources, over all templates: by reference, by a stack's export, by name. */
import type { Resource, Templates } from './synth.ts';

export interface Node {
  readonly part: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Resource['Properties'];
}

export interface Link {
  readonly source: Node;
  readonly target: Node;
}

/**
 * Types that are part of another resource, with the property that refers to it. Their links count as links of that
 * resource.
 */
const PIECE_OF: Readonly<Record<string, string>> = {
  'AWS::IAM::Policy': 'Roles',
  'AWS::ApiGateway::Method': 'RestApiId',
  'AWS::ElasticLoadBalancingV2::Listener': 'LoadBalancerArn',
};

/** The properties that contain a resource's name. */
const NAMED_BY = ['BucketName', 'Name'];

export function links(templates: Templates): { nodes: ReadonlyMap<string, Node>; edges: readonly Link[] } {
  const nodes = new Map<string, Node>();
  const exports = new Map<string, Node[]>();
  for (const [part, { Resources }] of Object.entries(templates))
    for (const [id, { Type, Properties = {} }] of Object.entries(Resources))
      nodes.set(`${part}/${id}`, { part, id, type: Type, properties: Properties });
  const inPart = (part: string, value: unknown) =>
    references(value).flatMap((id) => nodes.get(`${part}/${id}`) ?? []);
  for (const [part, { Outputs = {} }] of Object.entries(templates))
    for (const { Value, Export } of Object.values(Outputs) as { Value: unknown; Export?: { Name: string } }[])
      if (Export) exports.set(Export.Name, inPart(part, Value));

  const edges = [...nodes.values()].flatMap((node) => {
    const piece = PIECE_OF[node.type];
    const sources = piece === undefined ? [node] : inPart(node.part, node.properties[piece]);
    const targets = [
      ...inPart(node.part, node.properties),
      ...imports(node.properties).flatMap((name) => exports.get(name) ?? []),
      ...[...nodes.values()].filter((other) => isNamedIn(node.properties, other)),
    ];
    return sources.flatMap((source) =>
      targets.filter((target) => target !== source).map((target) => ({ source, target })),
    );
  });
  return { nodes, edges };
}

/** Returns the logical ids in `Ref` and `Fn::GetAtt`, anywhere in a value. */
const references = (value: unknown): string[] =>
  found(value, (key, argument) =>
    key === 'Ref' ? String(argument) : key === 'Fn::GetAtt' ? String([argument].flat()[0]) : undefined,
  );

const imports = (value: unknown): string[] =>
  found(value, (key, argument) => (key === 'Fn::ImportValue' ? String(argument) : undefined));

function found(value: unknown, pick: (key: string, argument: unknown) => string | undefined): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    const one = pick(key, argument);
    return one === undefined ? found(argument, pick) : [one];
  });
}

/** Returns whether properties contain a resource's name in an ARN: `:::shop-demo-landing/*`, `stream/streaming-demo-*`. */
function isNamedIn(properties: Resource['Properties'], { type, properties: named }: Node): boolean {
  if (type !== 'AWS::S3::Bucket' && type !== 'AWS::Kinesis::Stream') return false;
  const name = NAMED_BY.map((key) => named[key]).find(Boolean);
  if (name === undefined) return false;
  const words = JSON.stringify(properties);
  if (type === 'AWS::S3::Bucket') return words.includes(`:s3:::${start(name)}`) && named !== properties;
  const wanted = [name, name.replace(/[^-]+$/, '*')];
  return wanted.some((one) => words.includes(`stream/${one}"`));
}

/** Returns a name, or its part before the account if it contains the account. */
const start = (name: string | { 'Fn::Join': [string, unknown[]] }): string =>
  typeof name === 'string' ? name : String(name['Fn::Join'][1][0]);

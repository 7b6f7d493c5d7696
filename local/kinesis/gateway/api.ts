/** Reads the API that CloudFormation would create from a synthesized template: its stage, routes, integrations and models. */
import { z } from 'zod';
import type { Resource, Template } from '../../../infra/synth.ts';

export interface Route {
  /** `ANY` means every method. */
  readonly method: string;
  /** `/streams/{stream-name}/records` */
  readonly path: string;
  readonly signed: boolean;
  /** By content type; a body that does not match its model is rejected. */
  readonly models: Readonly<Record<string, z.ZodType>>;
  readonly integration: Integration;
}

export type Integration =
  /** A request to Kinesis, rendered from a mapping template. */
  | {
      readonly kind: 'kinesis';
      /** `PutRecords` */
      readonly action: string;
      /** By the request's content type. */
      readonly templates: Readonly<Record<string, string>>;
      /**
       * The pattern that matches Kinesis's status selects the response. The response without a pattern is the default.
       */
      readonly responses: readonly { readonly status: number; readonly pattern: RegExp | undefined }[];
    }
  /** A request that the VpcLink forwards unchanged to the REST proxy. */
  | { readonly kind: 'http' };

export interface Api {
  /** The first part of every path. */
  readonly stage: string;
  readonly routes: readonly Route[];
}

/** Returns the API that a synthesized template describes. @throws Error for a part that this emulator does not support */
export function readApi({ Resources }: Template): Api {
  const all = Object.entries(Resources);
  const ofType = (type: string) => all.filter(([, { Type }]) => Type === `AWS::ApiGateway::${type}`);
  const models = new Map(
    ofType('Model').map(([name, { Properties }]) => [name, z.fromJSONSchema(Properties.Schema)]),
  );
  const stage = ofType('Stage')[0]?.[1].Properties.StageName as string;
  const routes = ofType('Method').map(([, { Properties }]) => routeOf(Properties, Resources, models));
  return { stage, routes };
}

type Properties = Resource['Properties'];

function routeOf(
  method: Properties,
  resources: Template['Resources'],
  models: ReadonlyMap<string, z.ZodType>,
): Route {
  const validated = resources[method.RequestValidatorId?.Ref]?.Properties.ValidateRequestBody === true;
  const wanted = Object.entries((validated && method.RequestModels) || {}) as [string, { Ref: string }][];
  return {
    method: method.HttpMethod,
    path: pathOf(method.ResourceId, resources),
    signed: method.AuthorizationType === 'AWS_IAM',
    models: Object.fromEntries(wanted.map(([type, { Ref }]) => [type, models.get(Ref) as z.ZodType])),
    integration: integrationOf(method.Integration),
  };
}

/**
 * Returns a resource's path. A resource contains its own part of the path and a reference to its parent. The root is
 * not a resource of the template but an attribute of the API; its path is empty.
 */
function pathOf(id: { Ref?: string }, resources: Template['Resources']): string {
  const resource = id.Ref === undefined ? undefined : resources[id.Ref];
  if (!resource) return '';
  return `${pathOf(resource.Properties.ParentId, resources)}/${resource.Properties.PathPart}`;
}

function integrationOf(integration: Properties): Integration {
  if (integration.Type === 'HTTP_PROXY') return { kind: 'http' };
  const action = /:kinesis:action\/(\w+)$/.exec(textOf(integration.Uri))?.[1];
  if (integration.Type !== 'AWS' || action === undefined || integration.PassthroughBehavior !== 'NEVER')
    throw new Error(`The local gateway does not support the integration ${JSON.stringify(integration)}.`);
  const responses = integration.IntegrationResponses as { StatusCode: string; SelectionPattern?: string }[];
  return {
    kind: 'kinesis',
    action,
    templates: integration.RequestTemplates,
    responses: responses.map(({ StatusCode, SelectionPattern }) => ({
      status: Number(StatusCode),
      pattern: SelectionPattern === undefined ? undefined : new RegExp(`^(?:${SelectionPattern})$`),
    })),
  };
}

/** Returns a CloudFormation string without the parts whose values are unknown before the deployment. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? ['', []];
  return parts.map(textOf).join(separator);
}

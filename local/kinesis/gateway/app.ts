/** Handles one request in API Gateway's order: route, caller, body, mapping template, backend, response. */
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Compile, parse } from 'velocityjs';
import { type Identity, signatureProblem } from '../../aws/signature.ts';
import type { Api, Integration } from './api.ts';
import { type Match, match } from './match.ts';
import { Input, util } from './variables.ts';

export interface Behind {
  /** The Kinesis emulator, `http://127.0.0.1:4567`. */
  readonly kinesis: string;
  /** The REST proxy, if there is one. */
  readonly rest: string | undefined;
}

const MIB = 1024 * 1024;
/** The quota "Payload size" of REST APIs. */
const PAYLOAD_BYTES = 10 * MIB;

class Refused extends Error {
  readonly status: ContentfulStatusCode;
  readonly type: string;

  constructor(status: ContentfulStatusCode, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** @param identity: the only caller whose signed requests are accepted */
export function gatewayApp(api: Api, identity: Identity, behind: Behind): Hono {
  const app = new Hono();
  const stage = `/${api.stage}`;
  app.all('*', async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const path = pathname.startsWith(`${stage}/`) ? pathname.slice(stage.length) : undefined;
    const found = path === undefined ? undefined : match(api.routes, c.req.method, path);
    if (!found) throw new Refused(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    const body = await c.req.text();
    if (Buffer.byteLength(body) > PAYLOAD_BYTES)
      throw new Refused(413, 'RequestTooLargeException', 'Request Too Long');
    const headers = c.req.header();
    const request = { method: c.req.method, path: `${pathname}${search}`, headers, body };
    const problem = found.route.signed ? signatureProblem(request, identity) : undefined;
    if (problem) throw new Refused(403, problem.type, problem.message);
    const { integration } = found.route;
    return integration.kind === 'kinesis'
      ? toKinesis(c, found, integration, body, behind.kinesis)
      : handedOn(c, found, body, search, behind.rest);
  });
  app.onError((error, c) => {
    if (!(error instanceof Refused)) console.error(error);
    const known = error instanceof Refused ? error : INTERNAL;
    return c.json({ message: known.message }, known.status, { 'x-amzn-ErrorType': known.type });
  });
  return app;
}

const INTERNAL = new Refused(500, 'InternalServerErrorException', 'Internal server error');

async function toKinesis(
  c: Context,
  { route, names }: Match,
  integration: Integration & { kind: 'kinesis' },
  body: string,
  kinesis: string,
): Promise<Response> {
  const type = c.req.header('content-type')?.split(';', 1)[0] ?? 'application/json';
  const model = route.models[type];
  if (model && !model.safeParse(jsonOf(body)).success)
    throw new Refused(400, 'BadRequestException', 'Invalid request body');
  const template = integration.templates[type];
  if (template === undefined)
    throw new Refused(415, 'UnsupportedMediaTypeException', 'Unsupported Media Type');
  const parameters = { path: names, querystring: c.req.query(), header: c.req.header() };
  const response = await fetch(kinesis, {
    method: 'POST',
    headers: { ...signedAnyhow, 'x-amz-target': `Kinesis_20131202.${integration.action}` },
    body: render(template, inputOf(body, parameters)),
  });
  const { responses } = integration;
  const mapped =
    responses.find(({ pattern }) => pattern?.test(String(response.status))) ??
    responses.find(({ pattern }) => pattern === undefined);
  return c.body(await response.text(), (mapped?.status ?? 500) as ContentfulStatusCode, {
    'content-type': 'application/json',
  });
}

/** Stands in for the signature that the API would make with its role; the emulator accepts every signature. */
const signedAnyhow = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=api/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=any',
};

const parsedTemplates = new Map<string, ReturnType<typeof parse>>();

export function render(template: string, input: Input): string {
  const parsed = parsedTemplates.get(template) ?? parse(template);
  parsedTemplates.set(template, parsed);
  return new Compile(parsed).render({ input, util, context: {} });
}

function inputOf(body: string, parameters: ConstructorParameters<typeof Input>[1]): Input {
  try {
    return new Input(body, parameters);
  } catch {
    throw new Refused(400, 'BadRequestException', 'Could not parse request body into json');
  }
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function handedOn(
  c: Context,
  { names }: Match,
  body: string,
  search: string,
  rest: string | undefined,
): Promise<Response> {
  if (rest === undefined) throw new Refused(500, 'InternalServerErrorException', 'Internal server error');
  const type = c.req.header('content-type');
  const [name] = Object.values(names);
  const response = await fetch(`${rest}/${name}${search}`, {
    method: c.req.method,
    headers: { ...(type && { 'content-type': type }) },
    ...(body !== '' && { body }),
  }).catch(() => undefined);
  if (!response) throw new Refused(504, 'IntegrationFailureException', 'Endpoint request timed out');
  return c.body(await response.text(), response.status as ContentfulStatusCode, {
    'content-type': response.headers.get('content-type') ?? '',
  });
}

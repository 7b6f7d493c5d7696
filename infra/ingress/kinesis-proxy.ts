/**
 * The API's routes to Kinesis, as in AWS's tutorial "Create a REST API as an Amazon Kinesis proxy". The *.vtl files are
 * the templates of the request bodies.
 */
import { fileURLToPath } from 'node:url';
import {
  AwsIntegration,
  type IResource,
  type IRestApi,
  JsonSchemaType,
  type MethodOptions,
  Model,
  PassthroughBehavior,
  RequestValidator,
} from 'aws-cdk-lib/aws-apigateway';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { readText } from '../../src/files/read.ts';

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const MAX_RECORDS = 500;
const MAX_KEY_LENGTH = 256;

const partitionKey = { type: JsonSchemaType.STRING, minLength: 1, maxLength: MAX_KEY_LENGTH };

/** Without an encoding, data is any JSON and is written as JSON. With this encoding, data is the bytes to write, in base64. */
const encoding = { type: JsonSchemaType.STRING, enum: ['base64'] };

const template = (file: string) => readText(fileURLToPath(new URL(`${file}.vtl`, import.meta.url)));

/** Adds `/streams` and the paths below it. `role` defines what the API is allowed to do in Kinesis. */
export function addKinesisProxy(api: IRestApi, role: IRole): void {
  const validator = new RequestValidator(api, 'Validated', {
    restApi: api,
    validateRequestBody: true,
    validateRequestParameters: true,
  });
  const route = (
    resource: IResource,
    method: string,
    action: string,
    file: string,
    options: MethodOptions = {},
  ) =>
    resource.addMethod(method, kinesis(action, file, role), {
      requestValidator: validator,
      methodResponses: RESPONSES.map(({ statusCode }) => ({ statusCode })),
      ...options,
    });
  const named = { requestParameters: { 'method.request.path.stream-name': true } };

  const streams = api.root.addResource('streams');
  route(streams, 'GET', 'ListStreams', 'list-streams');
  const stream = streams.addResource('{stream-name}');
  route(stream, 'POST', 'CreateStream', 'create-stream', named);
  route(stream, 'GET', 'DescribeStream', 'one-stream', named);
  route(stream, 'DELETE', 'DeleteStream', 'one-stream', named);
  route(stream.addResource('record'), 'PUT', 'PutRecord', 'put-record', {
    ...named,
    requestModels: { 'application/json': recordModel(api) },
  });
  route(stream.addResource('records'), 'PUT', 'PutRecords', 'put-records', {
    ...named,
    requestModels: { 'application/json': recordsModel(api) },
  });
}

/** Kinesis's own responses, with the status reduced to 200, 400 or 500. */
const RESPONSES = [
  { statusCode: '200' },
  { statusCode: '400', selectionPattern: '4\\d{2}' },
  { statusCode: '500', selectionPattern: '5\\d{2}' },
];

const kinesis = (action: string, file: string, role: IRole): AwsIntegration =>
  new AwsIntegration({
    service: 'kinesis',
    action,
    integrationHttpMethod: 'POST',
    options: {
      credentialsRole: role,
      // Rejects a content type that has no template instead of passing the body through.
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
      requestTemplates: { 'application/json': template(file) },
      integrationResponses: RESPONSES,
    },
  });

const recordModel = (api: IRestApi): Model =>
  new Model(api, 'Record', {
    restApi: api,
    contentType: 'application/json',
    modelName: 'Record',
    schema: {
      type: JsonSchemaType.OBJECT,
      required: ['Data', 'PartitionKey'],
      properties: { Data: {}, Encoding: encoding, PartitionKey: partitionKey },
    },
  });

const recordsModel = (api: IRestApi): Model =>
  new Model(api, 'Records', {
    restApi: api,
    contentType: 'application/json',
    modelName: 'Records',
    schema: {
      type: JsonSchemaType.OBJECT,
      required: ['records'],
      properties: {
        records: {
          type: JsonSchemaType.ARRAY,
          minItems: 1,
          maxItems: MAX_RECORDS,
          items: {
            type: JsonSchemaType.OBJECT,
            required: ['data', 'partition-key'],
            properties: { data: {}, encoding, 'partition-key': partitionKey },
          },
        },
      },
    },
  });

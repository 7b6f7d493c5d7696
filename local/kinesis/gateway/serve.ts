/**
 * The gateway's process: `serve.ts <port> <pipeline id> <Kinesis endpoint> [REST proxy]`. It synthesizes the stack with the API first, which
 * takes seconds; who may call it stands in the environment, as AWS's own variables.
 */
import { serve } from '@hono/node-server';
import { readInfraSettings } from '../../../infra/settings.ts';
import { synthIngress } from '../../../infra/synth.ts';
import { runAsProgram } from '../../../src/exit.ts';
import { readApi } from './api.ts';
import { gatewayApp } from './app.ts';

const [port, id = '', kinesis = '', rest] = process.argv.slice(2);

await runAsProgram(async () => {
  const api = readApi(synthIngress(readInfraSettings(id)));
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = process.env;
  const identity = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    region: AWS_REGION,
    service: 'execute-api',
  };
  const app = gatewayApp(api, identity, { kinesis, rest });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) });
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  server.close();
});

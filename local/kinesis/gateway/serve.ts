/**
 * The gateway's process: `serve.ts <port> <pipeline id> <Kinesis endpoint> [REST proxy]`. It first synthesizes the
 * stack with the API, which takes seconds. It accepts only requests that are signed with the credentials that the AWS
 * SDK finds in the environment or a profile.
 */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { readInfraSettings } from '../../../infra/settings.ts';
import { synthIngress } from '../../../infra/synth.ts';
import { runAsProgram } from '../../../src/exit.ts';
import { interrupts } from '../../../src/interrupts.ts';
import { regionMissing } from '../../../src/producer/sinks/aws-errors.ts';
import { readSettings } from '../../../src/settings.ts';
import { aborted } from '../../../src/wait.ts';
import { serveApp } from '../../serve-app.ts';
import { reportPort } from '../../server-process.ts';
import { readApi } from './api.ts';
import { gatewayApp } from './app.ts';

const [port, id = '', kinesis = '', rest] = process.argv.slice(2);

await runAsProgram(async () => {
  const api = readApi(synthIngress(readInfraSettings(id)));
  const { accessKeyId, secretAccessKey } = await defaultProvider()();
  const { region } = readSettings().kinesis;
  if (region === undefined) throw regionMissing();
  const identity = { accessKeyId, secretAccessKey, region, service: 'execute-api' };
  const app = gatewayApp(api, identity, { kinesis, rest });
  const server = serveApp(app, Number(port));
  reportPort(server);
  await aborted(interrupts().first);
  server.close();
});

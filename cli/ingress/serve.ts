/** Starts the services of `npm run local:ingress`, and creates the topics and streams. */
import path from 'node:path';
import { type Closing, thenClose } from '../../local/closing.ts';
import { install } from '../../local/install/install.ts';
import { createTopics, startBroker } from '../../local/kafka/broker.ts';
import { startRestProxy } from '../../local/kafka/rest-proxy.ts';
import { EMULATOR_CREDENTIALS, startEmulator } from '../../local/kinesis/emulator.ts';
import { startGateway } from '../../local/kinesis/gateway.ts';
import type { ServerProcess } from '../../local/server-process.ts';
import { emulatorEndpoint, openStreams } from '../../local/streams.ts';
import { interrupts } from '../../src/interrupts.ts';
import { topicName } from '../../src/names.ts';
import { stateFolder } from '../../src/outputs.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import type { Settings } from '../../src/settings.ts';
import { aborted, rejectedWhenAborted } from '../../src/wait.ts';

/** The default ports of Kafka and the REST proxy, and the usual ports of AWS emulators. */
const PORTS = { broker: 9092, proxy: 8082, kinesis: 4567, gateway: 4568 };

/** Resolves after Ctrl-C, when all services have stopped. `state` is the folder that keeps topics and streams. */
export async function serveIngress(settings: Settings, state: string): Promise<void> {
  const folder = await stateFolder('--state', state);
  const { first: signal } = interrupts();
  const { id } = settings;
  const closing: Closing = [];
  const failures: Promise<never>[] = [];
  const running = <T extends Pick<ServerProcess, 'failed' | 'stop'>>(one: T): T => {
    closing.push(() => one.stop());
    failures.push(one.failed);
    return one;
  };
  const startAll = async () => {
    const installed = await install(settings, { signal });
    const topics = path.join(folder, 'kafka');
    const { brokers } = running(await startBroker({ installed, state: topics, port: PORTS.broker }));
    await createTopics(
      brokers,
      datasets.map(({ name }) => topicName(id, name)),
    );
    const proxy = running(await startRestProxy({ brokers, port: PORTS.proxy }));
    const streams = path.join(folder, 'kinesis');
    const kinesis = running(await startEmulator({ state: streams, port: PORTS.kinesis }));
    await openStreams(emulatorEndpoint(kinesis.endpoint), id);
    const behind = { id, kinesis: kinesis.endpoint, rest: proxy.endpoint };
    // The gateway accepts only these credentials.
    const environment = EMULATOR_CREDENTIALS;
    const gateway = running(await startGateway({ ...behind, port: PORTS.gateway, environment }));
    const variables = {
      ...EMULATOR_CREDENTIALS,
      KAFKA_BROKERS: brokers.join(','),
      AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
      REST_URL: proxy.endpoint,
      GATEWAY_URL: gateway.invokeUrl,
    };
    console.log(
      'In another terminal, run these lines, then npm run produce kafka | rest | kinesis | gateway:',
    );
    for (const [name, value] of Object.entries(variables)) console.log(`export ${name}=${value}`);
    console.log(
      `REST_URL=${gateway.invokeUrl} REST_AUTH=iam sends through the API to the REST proxy. Ctrl-C stops all services.`,
    );
  };
  await thenClose(closing, async () => {
    // After an abort, services that are still starting are not stopped here; they end with this process.
    await Promise.race([startAll(), rejectedWhenAborted(signal)]);
    await Promise.race([aborted(signal), ...failures]);
  });
}

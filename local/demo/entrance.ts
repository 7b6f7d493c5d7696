/** How the demo's posts reach Kinesis: directly, or through the API that the AWS stacks put in front of it. */
import { gatewaySink } from '../../src/producer/sinks/gateway.ts';
import { kinesisSink } from '../../src/producer/sinks/kinesis.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import { EMULATOR_CREDENTIALS, startEmulator } from '../kinesis/emulator.ts';
import { startGateway } from '../kinesis/gateway.ts';
import { emulatorEndpoint } from '../streams.ts';
import type { Day } from './day.ts';

export interface Entrance {
  /** The emulator's endpoint, for Spark. */
  readonly kinesis: string;
  /** Each rejects when one of the emulators ends without being stopped. */
  readonly failures: readonly Promise<never>[];
  /** Returns a new sink. Each run of the producer needs a new sink, because it closes its sink. */
  sink(): Sink;
}

/** Starts the Kinesis emulator with the streams in `state` and, if `gateway` is set, the API's emulator. */
export async function openEntrance({ settings, gateway, closing }: Day, state: string): Promise<Entrance> {
  const { id } = settings;
  const emulator = await startEmulator({ state });
  closing.push(() => emulator.stop());
  const kinesis = emulator.endpoint;
  if (!gateway)
    return {
      kinesis,
      failures: [emulator.failed],
      sink: () => kinesisSink({ ...emulatorEndpoint(kinesis), id }),
    };
  const api = await startGateway({ id, kinesis, environment: EMULATOR_CREDENTIALS });
  closing.push(() => api.stop());
  const { region, credentials } = emulatorEndpoint(kinesis);
  const endpoint = { url: api.invokeUrl, setting: 'GATEWAY_URL', signed: true, region, credentials };
  const failures = [emulator.failed, api.failed];
  return { kinesis, failures, sink: () => gatewaySink({ ...endpoint, id }) };
}

/** The REST proxy's process: `serve.ts <port> <broker,…>`. It listens after it has connected to the broker. */
import { runAsProgram } from '../../../src/exit.ts';
import { interrupts } from '../../../src/interrupts.ts';
import { aborted } from '../../../src/wait.ts';
import { serveApp } from '../../serve-app.ts';
import { reportPort } from '../../server-process.ts';
import { proxyApp } from './app.ts';
import { connectTopics } from './topics.ts';

const [port, brokers = ''] = process.argv.slice(2);

await runAsProgram(async () => {
  const topics = await connectTopics(brokers.split(','));
  const server = serveApp(proxyApp(topics), Number(port));
  reportPort(server);
  await aborted(interrupts().first);
  server.close();
  // Requests in progress are completed, so that every accepted record is acknowledged.
  server.closeIdleConnections();
  await topics.close();
});

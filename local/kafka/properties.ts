/** The broker's settings: one node that is broker and controller, as small and as quick to start as Kafka gets. */

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

/** Listeners beside the plain one. */
export interface MoreListeners {
  /** By the listener's name. */
  readonly ports: Readonly<Record<string, number>>;
  /** For Kafka's `server.properties`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Arguments of Kafka's StorageTool, which makes users when the folder is made. */
  readonly format: readonly string[];
  /** A folder of classes for the broker, below the folder that it runs in. */
  readonly classes: string;
}

/** Kafka's `server.properties` for a broker whose data is in `data`, below the folder that it runs in. */
export function brokerProperties(data: string, ports: BrokerPorts, more?: MoreListeners): string {
  const own: Listeners = { PLAINTEXT: ports.broker, ...more?.ports };
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Voters named here rather than in the log, so that the ports may change from start to start.
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: addresses({ ...own, CONTROLLER: ports.controller }),
    'advertised.listeners': addresses(own),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // The bucket's end is found by reading the last object's records again, so nothing here expires.
    'log.retention.ms': -1,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // After a kill the controller waits this long before it accepts the same broker again. Kafka's default of 9 s
    // allows for network delays.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 2,
    ...more?.properties,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

type Listeners = Readonly<Record<string, number>>;

const addresses = (listeners: Listeners): string =>
  Object.entries(listeners)
    .map(([name, port]) => `${name}://127.0.0.1:${port}`)
    .join(',');

/** The broker's settings: one node that is broker and controller, configured to be small and to start quickly. */

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

/** Listeners in addition to the plaintext listener. */
export interface MoreListeners {
  /** Port by the listener's name. */
  readonly ports: Readonly<Record<string, number>>;
  /** For Kafka's `server.properties`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Arguments of Kafka's StorageTool, which creates the users when it formats the folder. */
  readonly format: readonly string[];
  /** A folder of classes for the broker, relative to its working folder. */
  readonly classes: string;
}

/** Returns the `server.properties` of a broker whose data is in `data`, relative to its working folder. */
export function brokerProperties(data: string, ports: BrokerPorts, more?: MoreListeners): string {
  const own: Listeners = { PLAINTEXT: ports.broker, ...more?.ports };
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    // The voters are set here and not stored in Kafka's log, so that the controller's port may differ at each start.
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: addresses({ ...own, CONTROLLER: ports.controller }),
    'advertised.listeners': addresses(own),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // Records must not expire, because a restarted sink reads the records of the bucket's last object again.
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

/** The broker's settings: one node that is broker and controller, as small and as quick to start as Kafka gets. */

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

/** Kafka's `server.properties` for a broker whose data is in `data`. */
export function brokerProperties(data: string, ports: BrokerPorts): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Voters named here rather than in the log, so that the ports may change from start to start.
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
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
    // After a kill the controller waits this long before it lets the same broker in again; Kafka's own 9 s is for networks.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 2,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** The script of the client machine's first boot, and the configuration files in it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { artifacts } from '../../infra/artifacts.ts';
import { machineScript } from '../../infra/kafka/machine.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { readGuide } from '../fixtures/guides.ts';

const script = machineScript({
  id: 'demo',
  region: 'eu-west-1',
  artifactsBucket: 'pinterest-demo-artifacts-1-eu-west-1',
  bootstrap: 'b-1.kafka.test:9098,b-2.kafka.test:9098',
  topics: ['demo.pin', 'demo.geo', 'demo.user'],
  topicFlags: ['--partitions', '3', '--replication-factor', '3'],
  readyUrl: 'https://ready.test/?Signature=a%2Bb&Expires=1',
});

/** Returns a file that the script writes. */
function written(file: string): string {
  const [, text] = new RegExp(`cat >${file} <<'END'\n([^]*?)END\n`).exec(script) ?? [];
  return text ?? '';
}

/** Reads plain lines as java.util.Properties does. */
const properties = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => /^([\w.]+)=(.+)$/.exec(line)?.slice(1) ?? ['not a property', line]),
  );

const IAM = {
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
  'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
};

describe('the script', () => {
  test('has no syntax errors for bash', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  const shellcheck = spawnSync('shellcheck', ['--version']).error === undefined;
  test.skipIf(!shellcheck)(
    `passes shellcheck${shellcheck ? '' : ' (not installed: "apt-get install shellcheck")'}`,
    () => {
      const { status, stdout } = spawnSync('shellcheck', ['-'], { input: script, encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );

  test('creates every file and folder of the machine that the guide names', () => {
    const named = readGuide('docs/aws.md').match(/\/(?:etc|opt)\/[\w./-]+/g) ?? [];
    expect(named.length).toBeGreaterThanOrEqual(4);
    // The script creates the files below /opt relative to its working folder.
    const made = script.replaceAll('$INSTALLED', '/opt/pipeline');
    for (const file of new Set(named)) {
      const [, root = '', below] = /^(\/(?:etc|opt)\/[\w-]+)\/?(.*)$/.exec(file) ?? [];
      expect(made, file).toContain(root);
      expect(made, file).toContain(below);
    }
    expect(script).toContain('INSTALLED=/opt/pipeline\n');
  });

  test('signals a failure as JSON, with the number of the failed line and the end of the log, whatever the log contains', () => {
    const reporting = script.slice(
      script.indexOf('# CloudFormation waits'),
      script.indexOf("# Amazon Linux's packages"),
    );
    const stubs = [
      'curl() { while [ $# -gt 1 ]; do [ "$1" = --data ] && printf %s "$2"; shift; done; }',
      `journalctl() { printf '%s\\n' 'said "no" \\ twice' $'\\ttab \\x1b[31m' 'last {line}'; }`,
    ];
    const input = ['set -euo pipefail', 'READY_URL=x', ...stubs, reporting, 'false', 'echo never'].join('\n');
    const { stdout } = spawnSync('bash', { input, encoding: 'utf8' });
    const signal = JSON.parse(stdout);
    expect(signal.Status).toBe('FAILURE');
    expect(signal.Reason).toMatch(
      /^the client machine stopped at line \d+: said 'no' \/ twice\|tab \[31m\|last \{line\}\|$/,
    );
  });

  test('fits into the 16 KB of user data', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(16 * 1024);
  });

  test('downloads only from the bucket, and verifies each file', () => {
    expect([...script.matchAll(/https?:\/\/[\w.]+/g)].map(([address]) => address).sort()).toEqual([
      'http://0.0.0.0',
      'http://127.0.0.1',
      'https://ready.test',
    ]);
    for (const { file } of [artifacts.kafka, artifacts.confluent, artifacts.mskIam])
      expect(script).toContain(`'${file}'`);
  });
});

describe("the script's configuration files", () => {
  test('client.properties contains the settings with which a client of MSK authenticates', () => {
    expect(properties(written('/etc/pipeline/client.properties'))).toEqual(IAM);
  });

  test("kafka-rest.properties contains the same settings for the proxy's embedded clients, and the brokers' addresses", () => {
    expect(properties(written('/etc/pipeline/kafka-rest.properties'))).toEqual({
      id: 'pinterest-demo-rest',
      listeners: 'http://0.0.0.0:8082',
      'bootstrap.servers': 'b-1.kafka.test:9098,b-2.kafka.test:9098',
      // The API that reads topics and administers the cluster is off.
      'api.v3.enable': 'false',
      'api.endpoints.blocklist': 'api.v2.consumers.*',
      ...Object.fromEntries(Object.entries(IAM).map(([name, value]) => [`client.${name}`, value])),
    });
  });

  test('kafka-rest.service is a valid unit, runs as a separate user, and restarts when it ends', () => {
    const unit = written('/etc/systemd/system/kafka-rest.service');
    for (const line of unit.split('\n')) expect(line).toMatch(/^($|#|\[(Unit|Service|Install)\]$|\w+=\S)/);
    expect(unit).toContain('User=kafka-rest\n');
    expect(unit).toContain('Restart=always\n');
    expect(unit).toContain('kafka-rest-start /etc/pipeline/kafka-rest.properties\n');
  });
});

test("Kafka's tools have the brokers' version", () => {
  const [brokers] = /^\d+\.\d+/.exec(readInfraSettings('demo').kafka.version) ?? [];
  expect(artifacts.kafka.file).toMatch(new RegExp(`^kafka_2\\.13-${brokers}\\.`));
});

/** The script of the client machine's first boot: variables and configuration files, then machine.sh. */
import { fileURLToPath } from 'node:url';
import { readText } from '../../src/files/read.ts';
import { ARTIFACTS_FOLDER, artifacts } from '../artifacts.ts';
import { CLIENT_PROPERTIES, propertiesFile, REST_PORT, restProperties } from './configuration.ts';

export interface Machine {
  /** The pipeline's id. */
  readonly id: string;
  readonly region: string;
  readonly artifactsBucket: string;
  /** Brokers as `host:port,host:port`. */
  readonly bootstrap: string;
  readonly topics: readonly string[];
  /** Further flags of kafka-topics.sh. */
  readonly topicFlags: readonly string[];
  /** The address of the signal that CloudFormation waits for. */
  readonly readyUrl: string;
}

const here = (file: string) => readText(fileURLToPath(new URL(file, import.meta.url)));

/** Returns the complete script for cloud-init. Values are put between single quotes; no value contains a single quote. */
export function machineScript(machine: Machine): string {
  const variables = {
    REGION: machine.region,
    ARTIFACTS: `${machine.artifactsBucket}/${ARTIFACTS_FOLDER}`,
    BOOTSTRAP: machine.bootstrap,
    READY_URL: machine.readyUrl,
    KAFKA: artifacts.kafka.file,
    CONFLUENT: artifacts.confluent.file,
    MSK_IAM: artifacts.mskIam.file,
    REST_PORT: String(REST_PORT),
  };
  const files = {
    '/etc/pipeline/client.properties': propertiesFile(CLIENT_PROPERTIES),
    '/etc/pipeline/kafka-rest.properties': propertiesFile(restProperties(machine.id, machine.bootstrap)),
    '/etc/systemd/system/kafka-rest.service': here('kafka-rest.service'),
  };
  return [
    '#!/bin/bash',
    'set -euo pipefail',
    ...Object.entries(variables).map(([name, value]) => `${name}='${value}'`),
    `TOPICS=(${machine.topics.map((topic) => `'${topic}'`).join(' ')})`,
    `TOPIC_FLAGS=(${machine.topicFlags.map((flag) => `'${flag}'`).join(' ')})`,
    'mkdir -p /etc/pipeline',
    ...Object.entries(files).map(([file, text]) => `cat >${file} <<'END'\n${text}END`),
    here('machine.sh'),
  ].join('\n');
}

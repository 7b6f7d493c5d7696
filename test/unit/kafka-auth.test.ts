/** KAFKA_AUTH: the settings that it requires, and the errors if they are missing or invalid. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { connectionOf, kafkaAuth } from '../../src/producer/sinks/kafka-auth.ts';
import { readSettings } from '../../src/settings.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'kafka-auth-'));
const pem = path.join(folder, 'ca.pem');
writeFileSync(pem, String(rootCertificates[0]));

afterAll(() => rmSync(folder, { recursive: true }));

const connection = (env: NodeJS.ProcessEnv, region?: string) =>
  connectionOf(kafkaAuth(readSettings(env).kafka, region));

test('every KAFKA_AUTH except plain uses verified TLS', () => {
  expect(connection({})).toEqual({});
  expect(connection({ KAFKA_AUTH: 'tls' })).toEqual({ ssl: true });
  expect(connection({ KAFKA_AUTH: 'tls', KAFKA_CA: pem })).toEqual({
    ssl: { ca: [expect.stringContaining('BEGIN CERTIFICATE')] },
  });
  const scram = { KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'alice', KAFKA_PASSWORD: 'secret' };
  expect(connection(scram)).toEqual({
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'secret' },
  });
  expect(connection({ KAFKA_AUTH: 'iam' }, 'eu-west-1')).toMatchObject({
    ssl: true,
    sasl: { mechanism: 'oauthbearer' },
  });
});

test.each<[NodeJS.ProcessEnv, RegExp]>([
  [
    { KAFKA_AUTH: 'scram', KAFKA_USERNAME: 'alice' },
    /^KAFKA_AUTH=scram needs KAFKA_USERNAME and KAFKA_PASSWORD\.$/,
  ],
  [{ KAFKA_AUTH: 'iam' }, /^No AWS region is configured: set AWS_REGION/],
  [
    { KAFKA_AUTH: 'tls', KAFKA_CA: '/nowhere.pem' },
    /^The KAFKA_CA file \/nowhere\.pem isn't there: check its path\.$/,
  ],
])('%o is rejected', (env, sentence) => {
  expect(() => connection(env)).toThrow(sentence);
});

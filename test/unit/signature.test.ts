/** The emulators accept what AWS's library signs. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signatureProblem } from '../../local/aws/signature.ts';

test.each([
  ['no parameter', {}],
  ['a name that begins with another name', { x1: 'a', x: 'b', 'x-1': 'c' }],
  ['two values of one name', { x: ['b', 'a'], x1: '' }],
  ['characters that must be encoded', { 'é =&': "*'()!~ /é" }],
])('a signature of a query with %s is valid', async (_, query: Record<string, string | string[]>) => {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const scope = { region: 'eu-west-1', service: 'execute-api' };
  const signer = new SignatureV4({ ...scope, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: 'https:',
    hostname: 'api.test',
    path: '/prod',
    query,
    headers: { host: 'api.test' },
  });
  const sent = new URLSearchParams();
  for (const [name, values] of Object.entries(query))
    for (const value of [values].flat()) sent.append(name, value);
  const path = `/prod?${sent}`;
  expect(
    signatureProblem({ method: 'GET', path, headers, body: '' }, { ...credentials, ...scope }),
  ).toBeUndefined();
});

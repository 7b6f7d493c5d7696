/** The environment of the local workspace's Spark. */
import { expect, test } from 'vitest';
import { emulatorVariables } from '../../local/workspace/serve.ts';

test('Spark gets the AWS variables only if they name an emulator of Kinesis', () => {
  const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'emulator', AWS_SECRET_ACCESS_KEY: 'emulator' };
  const others = { PATH: '/usr/bin', AWS_PROFILE: 'mine', AWS_DEFAULT_PROFILE: 'mine' };
  expect(emulatorVariables({ ...keys, ...others })).toEqual({});
  const named = { ...keys, AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:4567' };
  expect(emulatorVariables({ ...named, ...others })).toEqual(named);
  const real = { ...keys, AWS_ENDPOINT_URL_KINESIS: 'https://kinesis-fips.us-east-1.amazonaws.com' };
  expect(emulatorVariables({ ...real, ...others })).toEqual({});
});

/** Signing in to a database of Amazon RDS as an AWS identity: a token that is valid for 15 minutes in place of a password. */
import type { TLSSocket } from 'node:tls';
import type { PoolOptions } from 'mysql2/promise';
import { AppError } from '../errors.ts';
import { credentialsProblem, RegionMissing } from '../producer/sinks/aws-errors.ts';

export interface IamLogin {
  /** The database's own name and port, which the token is made for, whatever the way to it. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string | undefined;
}

/**
 * Returns the client's half of RDS' AWSAuthenticationPlugin, which asks for the token as clear text. Each connection gets a
 * new token, and only over TLS with a certificate that was verified; a server that asks for any other proof gets none.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export const iamPlugins = (login: IamLogin): NonNullable<PoolOptions['authPlugins']> => ({
  mysql_clear_password:
    ({ connection }) =>
    async () => {
      const { stream } = connection as unknown as { stream: Partial<TLSSocket> };
      if (stream.authorized !== true)
        throw new AppError('MYSQL_UNUSABLE', `${login.host} asks for the token of IAM without verified TLS.`);
      return Buffer.from(`${await rdsToken(login)}\0`);
    },
});

async function rdsToken({ host, port, user, region }: IamLogin): Promise<string> {
  if (region === undefined) throw new RegionMissing();
  // Loaded only where it is used: it brings every provider of credentials.
  const { Signer } = await import('@aws-sdk/rds-signer');
  try {
    return await new Signer({ hostname: host, port, username: user, region }).getAuthToken();
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}

/** Signs in to an Amazon RDS database with an AWS identity: a token that is valid for 15 minutes replaces the password. */
import type { TLSSocket } from 'node:tls';
import type { PoolOptions } from 'mysql2/promise';
import { AppError } from '../errors.ts';
import { credentialsProblem, regionMissing } from '../producer/sinks/aws-errors.ts';

export interface IamLogin {
  /** The database's host name and port, for which the token is valid, even through a tunnel. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string | undefined;
}

/**
 * Returns the client's part of RDS' AWSAuthenticationPlugin, which requests the token in clear text. Sends a new token for each
 * connection, only over TLS with a verified certificate; a server that requests another authentication method gets no token.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
 */
export const iamPlugins = (login: IamLogin): NonNullable<PoolOptions['authPlugins']> => ({
  mysql_clear_password:
    ({ connection }) =>
    async () => {
      const { stream } = connection as unknown as { stream: Partial<TLSSocket> };
      if (stream.authorized !== true)
        throw new AppError('MYSQL_UNUSABLE', `${login.host} requests the IAM token without verified TLS.`);
      return Buffer.from(`${await rdsToken(login)}\0`);
    },
});

async function rdsToken({ host, port, user, region }: IamLogin): Promise<string> {
  if (region === undefined) throw regionMissing();
  // Imported only when it is needed, because this package loads every provider of credentials.
  const { Signer } = await import('@aws-sdk/rds-signer');
  try {
    return await new Signer({ hostname: host, port, username: user, region }).getAuthToken();
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}

/** Errors of the installation, with messages that state what to do. */
import { AppError } from '../../src/errors.ts';

export class InstallError extends AppError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

const NO_NETWORK =
  /name resolution|Name or service not known|NewConnectionError|ConnectionError|Network is unreachable|ProxyError|Connection refused|Connection reset|Read timed out|ConnectTimeout|UnknownHostException|Host \S+ not found|nodename nor servname/i;

/** Returns whether a program's output reports a full disk. */
export const saysDiskFull = (output: string): boolean => /No space left on device|ENOSPC/i.test(output);

/**
 * Returns an error that describes a failed step in one sentence.
 * @param what: the step, as the message names it, such as "Fetching pyspark"
 * @param output: what the program printed
 */
export function explainFailure(what: string, folder: string, output: string): InstallError {
  if (/PKIX path building failed|CERTIFICATE_VERIFY_FAILED/.test(output))
    return new InstallError(
      'UNTRUSTED_NETWORK',
      `${what} failed because of an untrusted certificate: on a network that intercepts TLS, set NODE_EXTRA_CA_CERTS (for Java) and PIP_CERT (for pip) to the file of the network's certificate authority and run the command again.`,
      output,
    );
  if (saysDiskFull(output)) return diskFull(folder);
  if (NO_NETWORK.test(output))
    return new InstallError(
      'NO_NETWORK',
      `${what} could not connect to the package registry; check the network or the proxy settings and run the command again: it continues where it stopped.`,
      output,
    );
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/i.test(output))
    return new InstallError(
      'WRONG_CHECKSUM',
      `${what} downloaded a file whose checksum is not the pinned one, and deleted it; run "pip cache purge" and try again, or ask the operator of your package mirror.`,
      output,
    );
  return new InstallError('INSTALL_FAILED', `${what} failed: ${lastLines(output)}`, output);
}

export function diskFull(folder: string, needed?: number, free?: number): InstallError {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const figures =
    needed === undefined || free === undefined
      ? 'the disk is full'
      : `it needs about ${gigabytes(needed)} and ${gigabytes(free)} are free`;
  return new InstallError(
    'DISK_FULL',
    `Not enough disk space in ${folder}: ${figures}; free some space, or set PIPELINE_CACHE to a folder on another disk.`,
  );
}

/** Returns the last lines of a program's output, which usually contain the reason, joined to one line. */
function lastLines(output: string): string {
  return output.trim().split('\n').slice(-3).join(' / ') || 'it printed nothing';
}

/** What can go wrong while installing, in words that say what to do. */
import { AppError } from '../../src/errors.ts';

export class InstallError extends AppError {
  constructor(code: string, message: string, cause?: unknown) {
    super(code, message, cause === undefined ? {} : { cause });
  }
}

const NO_NETWORK =
  /name resolution|Name or service not known|NewConnectionError|ConnectionError|Network is unreachable|ProxyError|Connection refused|Connection reset|Read timed out|ConnectTimeout|UnknownHostException|Host \S+ not found|nodename nor servname/i;

/** Returns whether a program's output reports a full disk. */
export const saysDiskFull = (output: string): boolean => /No space left on device|ENOSPC/i.test(output);

/**
 * Turns a failed step into one sentence.
 * @param what the step in a reader's words: "Fetching pyspark"
 * @param output what the program printed
 */
export function explainFailure(what: string, folder: string, output: string): InstallError {
  if (/PKIX path building failed|CERTIFICATE_VERIFY_FAILED/.test(output))
    return new InstallError(
      'UNTRUSTED_NETWORK',
      `${what} met a certificate that is not trusted: on a network that opens TLS, name its authority's file in NODE_EXTRA_CA_CERTS (for Java) and PIP_CERT (for pip) and run it again.`,
      output,
    );
  if (saysDiskFull(output)) return diskFull(folder);
  if (NO_NETWORK.test(output))
    return new InstallError(
      'NO_NETWORK',
      `${what} needs a connection to the package registry and there was none; check the network or the proxy's settings and run it again, it continues where it stopped.`,
      output,
    );
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/i.test(output))
    return new InstallError(
      'WRONG_CHECKSUM',
      `${what} brought a file whose checksum is not the pinned one, so it was thrown away; run "pip cache purge" and try again, or ask who runs the mirror in between.`,
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
    `There is no room in ${folder}: ${figures}; free some, or name a folder on another disk in PIPELINE_CACHE.`,
  );
}

/** The end of a program's output, where the reason stands, on one line. */
function lastLines(output: string, count = 3): string {
  return output.trim().split('\n').slice(-count).join(' / ') || 'it printed nothing';
}

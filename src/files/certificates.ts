/** Reads the certificates of certificate authorities from PEM files. */
import { X509Certificate } from 'node:crypto';
import { FileError } from './errors.ts';
import { readText } from './read.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Returns the certificates of a PEM file, each as PEM. Checks each certificate, because TLS ignores an invalid certificate without
 * an error and then trusts no server.
 * @throws FileError if the file contains no certificate, or a damaged one
 */
export function readCertificates(file: string, is: string): string[] {
  const use = { is };
  const found = readText(file, use).match(CERTIFICATE) ?? [];
  const fix = 'name a PEM file of the certificate authority';
  if (found.length === 0)
    throw new FileError(file, use, { problem: 'contains no complete certificate', fix });
  for (const [index, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw new FileError(file, use, {
        problem: `contains a damaged certificate (number ${index + 1})`,
        fix,
        cause,
      });
    }
  }
  return found;
}

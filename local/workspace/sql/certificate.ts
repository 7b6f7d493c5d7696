/** A certificate for this machine, signed by an authority that is created at each start and exists only in memory. */

import { type CertificateExtension, generate } from 'selfsigned';
import { TITLE } from '../../../src/project/project.ts';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The authority's certificate, which a client must trust, in PEM format. */
  readonly authority: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than a workspace runs; shorter than 825 days, the maximum that some clients accept. */
const VALID_MS = 365 * DAY_MS;

const KEY = { keyType: 'ec', algorithm: 'sha256' } as const;

/**
 * Returns a certificate for 127.0.0.1 and localhost. The authority's key is discarded, so the authority can't sign
 * another certificate.
 */
export async function makeCertificate(): Promise<Certificate> {
  const validity = {
    // Yesterday, because the clock may be set back while the workspace runs.
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + VALID_MS),
  };
  const authority = await generate([{ name: 'commonName', value: `${TITLE} pipeline on this machine` }], {
    ...KEY,
    ...validity,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...KEY,
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: serverExtensions,
  });
  return { key: server.private, cert: server.cert, authority: authority.cert };
}

const serverExtensions: CertificateExtension[] = [
  { name: 'basicConstraints', cA: false },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true },
  {
    name: 'subjectAltName',
    altNames: [
      { type: 7, ip: '127.0.0.1' },
      { type: 2, value: 'localhost' },
    ],
  },
];

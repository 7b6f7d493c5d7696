/**
 * Makes Java trust the certificate authorities that Node trusts. On a network that intercepts TLS, NODE_EXTRA_CA_CERTS names
 * the network's authority, but a Java runtime from a package trusts only the public authorities.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { readCertificates } from '../../src/files/certificates.ts';

/** The default password of the keystores that Java ships. */
const PASSWORD = 'changeit';

/** Writes a keystore with the public authorities and those in `pemFile`. Returns the flags with which Java uses it. */
export async function trust(pemFile: string, keystore: string): Promise<string[]> {
  const extra = readCertificates(pemFile, 'The NODE_EXTRA_CA_CERTS file');
  await writeFile(keystore, jks([...rootCertificates, ...extra].map((pem) => new X509Certificate(pem).raw)));
  return [`-Djavax.net.ssl.trustStore=${keystore}`, `-Djavax.net.ssl.trustStorePassword=${PASSWORD}`];
}

/** Java's keystore format: a header, the trusted certificates, and a digest keyed by the password. */
function jks(certificates: readonly Buffer[]): Buffer {
  const entries = certificates.flatMap((der, index) => [
    uint32(2), // the kind of entry: a trusted certificate
    utf(`ca-${index}`),
    Buffer.alloc(8), // when it was added
    utf('X.509'),
    uint32(der.length),
    der,
  ]);
  const store = Buffer.concat([uint32(0xfeedfeed), uint32(2), uint32(certificates.length), ...entries]);
  const password = Buffer.from(PASSWORD, 'utf16le').swap16();
  return Buffer.concat([
    store,
    createHash('sha1').update(password).update('Mighty Aphrodite').update(store).digest(),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function utf(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { backdateMs, caAlgorithm, caYears } from './ca-terms.ts'

/** The CA of an account: what it signs with, and what targets trust. */
export interface AccountCa {
  /** PKCS#8 PEM, unencrypted. */
  readonly privateKey: string
  /** PEM, self-signed. */
  readonly certificate: string
}

/** Makes a CA that signs leaves and nothing else. Run it in a child, where keys are made. */
export async function makeCa(commonName: string, now = new Date()): Promise<AccountCa> {
  const keys = await webcrypto.subtle.generateKey(caAlgorithm, true, ['sign', 'verify'])
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(now.getUTCFullYear() + caYears)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name([{ O: ['mTLS gateway'] }, { CN: [commonName] }]),
    keys,
    signingAlgorithm: caAlgorithm,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `${certificate.toString('pem')}\n`,
  }
}

// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import type { TestCa } from '@mtls-gateway/test-kit'
import * as x509 from '@peculiar/x509'

export interface Oddities {
  readonly usage?: 'serverAuth' | 'none'
  readonly subject?: string
  /** Without the alternative names of the request. */
  readonly isNameless?: boolean
  readonly isCa?: boolean
  /** In place of the key usage of the request. */
  readonly keyUsage?: x509.KeyUsageFlags
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** What a CA makes of a request that does not do as it is asked. PEM, the leaf alone. */
export async function signOddly(ca: TestCa, csr: string, oddities: Oddities = {}): Promise<string> {
  const { usage, subject, isNameless = false, isCa = false, keyUsage } = oddities
  const der = createPrivateKey(ca.privateKey).export({ type: 'pkcs8', format: 'der' })
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  const request = new x509.Pkcs10CertificateRequest(csr)
  const kept = request.extensions.filter(
    (extension) =>
      !(extension instanceof x509.ExtendedKeyUsageExtension && usage !== undefined) &&
      !(extension instanceof x509.SubjectAlternativeNameExtension && isNameless) &&
      !(extension instanceof x509.KeyUsagesExtension && (isCa || keyUsage !== undefined)),
  )
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject ?? request.subjectName,
    issuer: new x509.X509Certificate(ca.certificate).subjectName,
    publicKey: request.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 90 * 86_400_000),
    extensions: [
      ...kept,
      ...(keyUsage === undefined ? [] : [new x509.KeyUsagesExtension(keyUsage, true)]),
      ...(usage === 'serverAuth' ? [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])] : []),
      ...(isCa ? [new x509.BasicConstraintsExtension(true, undefined, true)] : []),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

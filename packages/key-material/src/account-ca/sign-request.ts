// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'
import * as x509 from '@peculiar/x509'
import { backdateMs, caAlgorithm } from './ca-terms.ts'
import type { AccountCa } from './make-ca.ts'

export interface SignOrder {
  /** PKCS#10 PEM. */
  readonly csr: string
  readonly lifetimeSeconds: number
}

/**
 * Signs a request by the CA of an account: for client authentication, whatever else the request asks for. Works in this
 * process, so run it in a child.
 * @returns PEM
 * @throws CodedError `VALIDATION_FAILED`
 */
export async function signRequest(
  ca: AccountCa,
  { csr, lifetimeSeconds }: SignOrder,
  now = new Date(),
): Promise<string> {
  const request = await readRequest(csr)
  const issuer = new x509.X509Certificate(ca.certificate)
  const der = createPrivateKey(ca.privateKey).export({ type: 'pkcs8', format: 'der' })
  const certificate = await x509.X509CertificateGenerator.create({
    subject: request.subjectName,
    issuer: issuer.subjectName,
    publicKey: request.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, caAlgorithm, false, ['sign']),
    signingAlgorithm: caAlgorithm,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + lifetimeSeconds * 1_000),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ...request.extensions.filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

/** It has to be signed by the key that it is for. */
async function readRequest(csr: string): Promise<x509.Pkcs10CertificateRequest> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr)
    if (await request.verify()) return request
  } catch {
    // continues to the refusal below: the library's reasons help nobody
  }
  throw new CodedError('VALIDATION_FAILED', 'This is not a signing request in PEM, signed by its own key.')
}

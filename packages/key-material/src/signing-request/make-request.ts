// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { createHash, KeyObject, type webcrypto } from 'node:crypto'
import type { RequestKeyType } from '@mtls-gateway/domain'
import * as x509 from '@peculiar/x509'
import { Certificate } from '../certificate/certificate.ts'
import { generateKeyPair } from './key-pair.ts'
import { type RequestSpec, type SigningRequest, subjectParts } from './request-spec.ts'

/**
 * Makes a key pair and its signing request, for client authentication. Run it in a child: RSA keys can take seconds.
 */
export async function makeRequest(spec: RequestSpec): Promise<SigningRequest> {
  const { keyType } = spec
  const keys = await generateKeyPair(keyType)
  const { name, subject } = subjectOf(spec)
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: signatureOf(keyType),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ...subjectAltNamesOf(spec),
    ],
  })
  const spki = KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'der' })
  return {
    privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    csr: `${request.toString('pem')}\n`,
    spkiSha256: createHash('sha256').update(spki).digest('base64url'),
    subject,
  }
}

/** The name, and as certificates state it, most specific part first. */
function subjectOf({ subject, renewed }: RequestSpec): { readonly name: x509.Name; readonly subject: string } {
  if (subject === undefined && renewed !== undefined) {
    return { name: new x509.X509Certificate(renewed).subjectName, subject: new Certificate(renewed).subject }
  }
  const parts = partsOf(subject ?? {})
  return { name: new x509.Name(parts), subject: new x509.Name([...parts].reverse()).toString() }
}

function subjectAltNamesOf({ subjectAltNames, renewed }: RequestSpec): readonly x509.Extension[] {
  if (subjectAltNames === undefined) {
    const extension = renewed && new x509.X509Certificate(renewed).getExtension(x509.SubjectAlternativeNameExtension)
    return extension ? [extension] : []
  }
  return subjectAltNames.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...subjectAltNames])]
}

/** Each value with its type: the library would interpret quotes and hash signs in plain text. */
function partsOf(subject: NonNullable<RequestSpec['subject']>): x509.JsonAttributeAndObjectValue[] {
  return subjectParts.flatMap((part) => {
    const text = subject[part]
    if (text === undefined) return []
    // RFC 5280, appendix A.1: a country is a PrintableString.
    const value: x509.JsonAttributeObject = part === 'C' ? { printableString: text } : { utf8String: text }
    return [{ [part]: [value] }]
  })
}

/** The hash for the key. */
function signatureOf(keyType: RequestKeyType): webcrypto.EcdsaParams | { readonly name: string } {
  if (keyType === 'Ed25519') return { name: keyType }
  if (keyType.startsWith('RSA')) return { name: 'RSASSA-PKCS1-v1_5' }
  return { name: 'ECDSA', hash: keyType === 'EC-P384' ? 'SHA-384' : 'SHA-256' }
}

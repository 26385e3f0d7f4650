import type { X509Certificate } from 'node:crypto'
import { signedParts, signsBody } from '@mtls-gateway/domain'
import { type SigningKey, signBytes } from '../signing-key.ts'
import type { SigningTask } from './signing-task.ts'

/** draft-cavage-http-signatures-12, with what NextGenPSD2 adds: Digest (RFC 3230) and the certificate itself. */
export async function signCavage({ signature, algorithm, key, request, fields }: SigningTask): Promise<void> {
  const { digest = 'sha-256', optionalHeaders = [], keyId = keyIdOf(key) } = signature
  if (signsBody(signature)) fields.add('Digest', `${digest.toUpperCase()}=${fields.digest(digest)}`)
  if (key.certificate !== undefined) {
    fields.add('TPP-Signature-Certificate', key.certificate.raw.toString('base64'))
  }
  const lines = new Map<string, string>()
  for (const name of signedParts(signature)) {
    const isTarget = name === '(request-target)'
    lines.set(name, isTarget ? `${request.method.toLowerCase()} ${request.pathAndQuery}` : fields.required(name))
  }
  for (const name of optionalHeaders) {
    const value = fields.value(name)
    if (value !== undefined) lines.set(name, value)
  }
  const text = [...lines].map(([name, value]) => `${name}: ${value}`).join('\n')
  const signed = await signBytes(algorithm, key, Buffer.from(text, 'latin1'))
  const names = [...lines.keys()].join(' ')
  const parameters = `keyId="${keyId}",algorithm="${algorithm}",headers="${names}"`
  fields.add('Signature', `${parameters},signature="${signed.toString('base64')}"`)
}

/** As NextGenPSD2 names a certificate: its serial number in hex, and the distinguished name of its CA. */
function keyIdOf({ certificate, keyId }: SigningKey): string {
  return certificate === undefined ? keyId : `SN=${certificate.serialNumber},CA=${issuerOf(certificate)}`
}

/** The CN first, as RFC 4514 has it. What a quoted string cannot hold as it is, is percent-encoded. */
function issuerOf({ issuer }: X509Certificate): string {
  const name = issuer.split('\n').reverse().join(',')
  return name.replace(/[^\x21\x23\x24\x26-\x5b\x5d-\x7e]/gu, encodeURIComponent)
}

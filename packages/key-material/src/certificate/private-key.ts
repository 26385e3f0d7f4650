import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { tlsSignatures } from '@mtls-gateway/certificate-rules'
import { type ErrorCode, maxClientRsaBits } from '@mtls-gateway/domain'
import { children, integer, parseBer } from '../asn1.ts'
import { checkKey, newKeyAndRequest } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { describeKey, type KeyDescription } from './key-description.ts'

export interface PrivateKey {
  readonly key: KeyObject
  readonly description: KeyDescription
  /** The SubjectPublicKeyInfo of its public half, in DER. */
  readonly spki: Buffer
  readonly alias: string | undefined
}

/** @throws Fault `KEY_TYPE_UNSUPPORTED`, or `damaged` if the bytes are not a key */
export function parsePrivateKey(pkcs8: Buffer, alias: string | undefined, damaged: ErrorCode): PrivateKey {
  const key = load(pkcs8, damaged)
  const description = describeKey(key)
  // TLS 1.3 has no signature that TLS 1.2 lacks.
  if (tlsSignatures(key).tls12.length === 0 || description.size > maxClientRsaBits) {
    throw new Fault(
      'KEY_TYPE_UNSUPPORTED',
      `A key of type ${description.label}${restriction(key)} can't be used for TLS. Use RSA from 2048 to ${maxClientRsaBits} bits, EC on P-256, P-384 or P-521, or Ed25519.`,
      newKeyAndRequest,
    )
  }
  return { key, description, spki: createPublicKey(key).export({ type: 'spki', format: 'der' }), alias }
}

/** What makes one RSA-PSS key unlike others (RFC 4055 section 3.1). */
function restriction({ asymmetricKeyDetails = {} }: KeyObject): string {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = asymmetricKeyDetails
  if (hashAlgorithm === undefined) return ''
  return ` that is restricted to ${hashAlgorithm} (MGF1 ${mgf1HashAlgorithm}) and a salt of ${saltLength} bytes`
}

function load(pkcs8: Buffer, damaged: ErrorCode): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  } catch (error) {
    const code = (error as { code?: unknown }).code
    throw code === 'ERR_OSSL_UNSUPPORTED' || code === 'ERR_OSSL_EVP_UNSUPPORTED_ALGORITHM'
      ? new Fault(
          'KEY_TYPE_UNSUPPORTED',
          'The private key is of an unknown kind. Use RSA, EC or Ed25519.',
          newKeyAndRequest,
        )
      : new Fault(damaged, 'The private key is damaged: its contents are not a key. Export it again.', checkKey)
  }
}

/** Signs and verifies, as a key with an inconsistent private half loads silently and fails in the first handshake. */
export function signs({ key, description }: PrivateKey, publicKey: KeyObject): boolean {
  const probe = Buffer.from('mtls-gateway')
  const hash = description.type.startsWith('Ed') ? null : (key.asymmetricKeyDetails?.hashAlgorithm ?? 'sha256')
  try {
    return verify(hash, probe, publicKey, sign(hash, probe, key))
  } catch {
    return false
  }
}

/** RFC 8017 appendix A.1.2: an RSA key of more than two primes has version 1, the others have 0. */
export function hasMorePrimes(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false
  const [version] = children(parseBer(key.export({ type: 'pkcs1', format: 'der' }), 'RSA key'), 'RSA key')
  return integer(version, 'version of the RSA key') === 1n
}

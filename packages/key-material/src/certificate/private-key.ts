import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { type ErrorCode, maxClientRsaBits } from '@mtls-gateway/domain'
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

/** Kinds of keys that OpenSSL can sign a TLS handshake with. */
const signingTypes: ReadonlySet<string> = new Set(['RSA', 'RSA-PSS', 'EC', 'Ed25519', 'Ed448'])

/** @throws Fault `KEY_TYPE_UNSUPPORTED`, or `damaged` if the bytes are not a key */
export function parsePrivateKey(pkcs8: Buffer, alias: string | undefined, damaged: ErrorCode): PrivateKey {
  const key = load(pkcs8, damaged)
  const description = describeKey(key)
  if (!signingTypes.has(description.type) || description.size > maxClientRsaBits) {
    throw new Fault(
      'KEY_TYPE_UNSUPPORTED',
      `A key of type ${description.label} can't be used for TLS. Use RSA from 2048 to ${maxClientRsaBits} bits, EC on P-256, P-384 or P-521, or Ed25519.`,
      newKeyAndRequest,
    )
  }
  return { key, description, spki: createPublicKey(key).export({ type: 'spki', format: 'der' }), alias }
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
  const hash = description.type.startsWith('Ed') ? null : 'sha256'
  try {
    return verify(hash, probe, publicKey, sign(hash, probe, key))
  } catch {
    return false
  }
}

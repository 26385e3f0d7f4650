import { webcrypto } from 'node:crypto'
import type { RequestKeyType } from '@mtls-gateway/domain'

/** Exportable, as it is to be stored. */
export async function generateKeyPair(keyType: RequestKeyType): Promise<webcrypto.CryptoKeyPair> {
  const pair = await webcrypto.subtle.generateKey(algorithmOf(keyType), true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError(`${keyType} does not make a key pair`)
  return pair
}

function algorithmOf(keyType: RequestKeyType): webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | 'Ed25519' {
  if (keyType === 'Ed25519') return keyType
  if (keyType.startsWith('EC-P')) return { name: 'ECDSA', namedCurve: keyType.replace('EC-P', 'P-') }
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: Number(keyType.slice('RSA-'.length)),
  }
}

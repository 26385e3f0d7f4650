import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'

export type TestKeyType = 'EC-P256' | 'EC-P384' | 'EC-P521' | 'RSA-1024' | 'RSA-2048' | 'RSA-4096' | 'Ed25519'

/** Makes an extractable signing key pair. RSA signs with SHA-256. */
export async function generateKeyPair(keyType: TestKeyType): Promise<webcrypto.CryptoKeyPair> {
  const pair = await webcrypto.subtle.generateKey(algorithmOf(keyType), true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error(`${keyType} does not make a key pair`)
  return pair
}

/** Imports it from the PKCS#8 PEM of its private key. */
export async function importKeyPair(keyType: TestKeyType, pem: string): Promise<webcrypto.CryptoKeyPair> {
  const algorithm = algorithmOf(keyType)
  return {
    privateKey: createPrivateKey(pem).toCryptoKey(algorithm, true, ['sign']),
    publicKey: createPublicKey(pem).toCryptoKey(algorithm, true, ['verify']),
  }
}

function algorithmOf(keyType: TestKeyType): webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | 'Ed25519' {
  if (keyType === 'Ed25519') return keyType
  if (keyType.startsWith('EC-P')) return { name: 'ECDSA', namedCurve: keyType.replace('EC-P', 'P-') }
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: Number(keyType.slice('RSA-'.length)),
  }
}

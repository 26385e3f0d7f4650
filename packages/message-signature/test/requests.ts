import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { createCa, type TestKeyType } from '@mtls-gateway/test-kit'
import type { RequestToSign, SigningKey } from '../src/index.ts'
import { signingKeyOf } from '../src/index.ts'

export const body = Buffer.from('{"hello": "world"}')

/** `https://example.com` with this path and query. */
export function post(
  pathAndQuery: string,
  headers: readonly string[],
  more: Partial<RequestToSign> = {},
): RequestToSign {
  return {
    method: 'POST',
    url: `https://example.com${pathAndQuery}`,
    authority: 'example.com',
    pathAndQuery,
    headers,
    contentLength: body.length,
    body,
    now: 0,
    ...more,
  }
}

/** A key that its target knows by its id alone. */
export function bareKey(pem: string, keyId: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const { asymmetricKeyType, asymmetricKeyDetails } = privateKey
  const keyType = asymmetricKeyType === 'rsa' ? `RSA-${asymmetricKeyDetails?.modulusLength}` : 'Ed25519'
  return { privateKey, keyType, certificate: undefined, keyId }
}

/** A key with a certificate, as an account has them. */
export async function certifiedKey(keyType: TestKeyType): Promise<SigningKey & { readonly publicKey: KeyObject }> {
  const ca = await createCa({ name: 'D-Trust CA 2 Ü' })
  const { privateKey, certificate, chain } = await ca.issue({ commonName: 'PSDDE-BAFIN-1', keyType })
  const key = signingKeyOf(privateKey, [certificate, ...chain].join(''))
  return { ...key, publicKey: createPublicKey(key.privateKey) }
}

/** The fields by name in lower case. */
export function byName(fields: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), fields[index + 1] ?? '']] : [])),
  )
}

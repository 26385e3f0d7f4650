import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { readLocal } from './local.ts'

export const issuer = 'https://demo:9443'
const audience = 'mtls-gateway'
const algorithm = 'ES256'
const keyId = 'demo'

/** As RFC 7517 has it: what services verify tokens with. */
export async function jwks(): Promise<object> {
  const jwk = createPublicKey(await readLocal('demo', 'issuer.key')).export({ format: 'jwk' })
  return { keys: [{ ...jwk, alg: algorithm, use: 'sig', kid: keyId }] }
}

/** A JWT (RFC 7519) for an account, good for an hour. */
export async function token(account: string, scope: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const header = { alg: algorithm, typ: 'JWT', kid: keyId }
  const claims = { iss: issuer, aud: audience, sub: 'demo', iat: now, exp: now + 3_600, accounts: [account], scope }
  const signed = `${base64url(header)}.${base64url(claims)}`
  const key = createPrivateKey(await readLocal('demo', 'issuer.key'))
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

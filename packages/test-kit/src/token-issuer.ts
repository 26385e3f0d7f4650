import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type LocalServer, serve } from './local-server.ts'

export interface TokenIssuer extends LocalServer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  /** By which it signs, under the id `k1`. */
  readonly key: KeyObject
  /** The settings by which services trust it. */
  readonly env: Readonly<Record<string, string>>
  /** `claims` win over those of a good token. */
  jwt(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>, key?: KeyObject): string
}

/** An issuer that publishes its key as a JWKS. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }
  const server = await serve((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  const [issuer, audience, jwksUrl] = ['https://issuer.example', 'mtls', `${server.url}/jwks`]
  const jwt: TokenIssuer['jwt'] = (claims = {}, header = {}, key = privateKey) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = { iss: issuer, aud: audience, sub: 'alice', iat: now, exp: now + 3_600, ...claims }
    const signed = [{ alg: 'ES256', typ: 'JWT', kid: 'k1', ...header }, payload].map(base64urlJson).join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
  const env = { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience, TOKEN_JWKS_URL: jwksUrl }
  return { ...server, issuer, audience, jwksUrl, key: privateKey, env, jwt }
}

export function base64urlJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

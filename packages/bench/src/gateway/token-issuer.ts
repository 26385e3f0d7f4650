import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TokenIssuer {
  /** By which a service trusts it. */
  readonly env: Readonly<Record<string, string>>
  /** For every account, all scopes, a day long. */
  readonly token: string
  close(): Promise<void>
}

/** Services on Vault have no issuer of their own: one that publishes its key as a JWKS, and knows no opaque token. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }
  const server = createServer(({ url }, answer) => {
    const text = JSON.stringify(url === '/jwks' ? { keys: [jwk] } : { active: false })
    answer.setHeader('content-type', 'application/json').end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [issuer, audience] = ['https://bench.example', 'mtls-gateway']
  const now = Math.floor(Date.now() / 1_000)
  const scope = 'mtls:read mtls:write mtls:admin'
  const claims = { iss: issuer, aud: audience, sub: 'bench', iat: now, exp: now + 86_400, accounts: '*', scope }
  const signed = [{ alg: 'ES256', typ: 'JWT', kid: 'bench' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return {
    env: {
      TOKEN_ISSUER: issuer,
      TOKEN_AUDIENCE: audience,
      TOKEN_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
      INTROSPECTION_URL: `http://127.0.0.1:${port}/introspect`,
      INTROSPECTION_CLIENT_ID: 'bench',
      INTROSPECTION_CLIENT_SECRET: 'bench',
    },
    token: `${signed}.${signature.toString('base64url')}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

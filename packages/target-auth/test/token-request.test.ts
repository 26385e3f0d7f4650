import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import {
  type AuthorizationServer,
  startAuthorizationServer,
  targetResource,
} from '@mtls-gateway/test-kit/authorization-server'
import { decodeJwt, exportJWK } from 'jose'
import { requestToken, type TokenSecrets, type TokenSettings } from '../src/index.ts'

type ClientAuthMethod = TokenSettings['method']

import { postWith } from './post.ts'

const clientSecret = 'a secret with : / and %'

describe('a real authorization server gives tokens that are bound to the certificate', () => {
  let server: AuthorizationServer
  let identity: IssuedCertificate
  let secrets: TokenSecrets

  beforeAll(async () => {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    secrets = { clientSecret, assertionKey: { key, kid: 'k1' } }
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }]
    server = await startAuthorizationServer({ clients: clients(keys) })
    identity = await server.clientCa.issue({ commonName: 'tpp-1' })
  })

  afterAll(() => server?.close())

  const ask = (method: ClientAuthMethod, more: Partial<TokenSettings> = {}, presented = identity) => {
    const settings = { tokenUrl: server.tokenUrl, clientId: method, method, issuer: server.issuer, ...more }
    return requestToken(settings, secrets, postWith(server.serverCa.certificate, presented))
  }

  it.each<ClientAuthMethod>(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth'])(
    'by %s',
    async (method) => {
      const { token, expiresIn } = await ask(method, { scope: 'payments', parameters: { resource: targetResource } })
      expect(expiresIn).toBe(3_600)
      const thumbprint = Buffer.from(identity.fingerprintSha256, 'hex').toString('base64url')
      expect(decodeJwt(token)).toMatchObject({
        aud: targetResource,
        scope: 'payments',
        client_id: method,
        cnf: { 'x5t#S256': thumbprint },
      })
    },
  )

  it('says what it has refused, and who has to mend it', async () => {
    const other = await server.clientCa.issue({ commonName: 'somebody else' })
    await expect(ask('tls_client_auth', {}, other)).rejects.toMatchObject({
      code: 'TOKEN_ENDPOINT_CLIENT_REFUSED',
      message: expect.stringMatching(/does not accept who asks \(invalid_client.*registered the client/),
      said: { status: 401, error: 'invalid_client' },
    })
    await expect(ask('client_secret_basic', { parameters: { resource: 'nothing' } })).rejects.toMatchObject({
      code: 'TOKEN_ENDPOINT_REFUSED',
      said: { status: 400, error: 'invalid_target' },
    })
  })
})

function clients(keys: readonly object[]): readonly object[] {
  const base = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
  }
  const of = (method: ClientAuthMethod, more: object) => ({
    ...base,
    client_id: method,
    token_endpoint_auth_method: method,
    ...more,
  })
  return [
    of('client_secret_basic', { client_secret: clientSecret }),
    of('client_secret_post', { client_secret: clientSecret }),
    of('private_key_jwt', { jwks: { keys }, token_endpoint_auth_signing_alg: 'ES256' }),
    of('tls_client_auth', { tls_client_auth_subject_dn: 'CN=tpp-1' }),
  ]
}

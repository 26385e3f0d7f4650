import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type SigningAlgorithm, signingAlgorithms } from '@mtls-gateway/domain'
import { clientAuthMethods } from '@mtls-gateway/domain/words'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import {
  type AuthorizationServer,
  startAuthorizationServer,
  targetResource,
} from '@mtls-gateway/test-kit/authorization-server'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { bindingOf, type PostToEndpoint, requestToken, type TokenSecrets, type TokenSettings } from '../src/index.ts'
import { postWith } from './post.ts'

type ClientAuthMethod = TokenSettings['method']

const clientSecret = 'a secret with : / and %'

function givesBoundTokens(tlsBy: 'itself' | 'nginx'): void {
  let server: AuthorizationServer
  let identity: IssuedCertificate

  beforeAll(async () => {
    const clientCa = await createCa()
    identity = await clientCa.issue({ commonName: 'tpp-1' })
    server = await startAuthorizationServer({ clients: clientsWith(identity), clientCa, tlsBy })
  })

  afterAll(() => server?.close())

  const ask = (
    method: ClientAuthMethod,
    more: Partial<TokenSettings> = {},
    { presented = identity, ...secrets }: TokenSecrets & { presented?: IssuedCertificate } = { clientSecret },
  ) => {
    const settings = { tokenUrl: server.tokenUrl, clientId: method, method, issuer: server.issuer, ...more }
    return requestToken(settings, secrets, postWith(server.serverCa.certificate, presented))
  }

  it.each(signingAlgorithms)('by private_key_jwt, signed by %s', async (algorithm) => {
    const { token } = await ask('private_key_jwt', { clientId: algorithm }, { assertionKey: assertionKey(algorithm) })
    expect(decodeJwt(token)).toMatchObject({ client_id: algorithm })
  })

  it('by assertions that are good for a minute, once, and for this server alone', async () => {
    const assertionsFor = async (more: Partial<TokenSettings>) => {
      const sent: string[] = []
      const post: PostToEndpoint = async ({ body }) => {
        sent.push(String(new URLSearchParams(body).get('client_assertion')))
        throw new Error('not sent')
      }
      const settings = { tokenUrl: 'https://a.example/token', issuer: 'https://a.example', clientId: 'c', ...more }
      const secrets = { assertionKey: assertionKey('EdDSA') }
      for (const _ of [1, 2]) {
        const asking = requestToken({ ...settings, method: 'private_key_jwt' }, secrets, post)
        await expect(asking).rejects.toMatchObject({ code: 'TOKEN_ENDPOINT_UNREACHABLE' })
      }
      return sent
    }
    const sent = await assertionsFor({})
    for (const assertion of sent) {
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'EdDSA', kid: 'EdDSA', typ: 'client-authentication+jwt' })
      const { aud, iss, sub, exp = 0, iat = 0 } = decodeJwt(assertion)
      expect({ aud, iss, sub }).toEqual({ aud: 'https://a.example', iss: 'c', sub: 'c' })
      expect(exp - iat).toBeLessThanOrEqual(60)
    }
    expect(new Set(sent.map((assertion) => decodeJwt(assertion).jti)).size).toBe(2)
    for (const assertion of await assertionsFor({ assertionAudience: 'tokenUrl' })) {
      expect(decodeJwt(assertion).aud).toBe('https://a.example/token')
    }
  })

  it.each(clientAuthMethods)('by %s', async (method) => {
    const clientId = method === 'private_key_jwt' ? 'ES256' : method
    const asked = { clientId, scope: 'payments', parameters: { resource: targetResource } }
    const { token, expiresIn, scope } = await ask(method, asked, {
      clientSecret,
      assertionKey: assertionKey('ES256'),
    })
    expect([expiresIn, scope]).toEqual([3_600, 'payments'])
    expect(decodeJwt(token)).toMatchObject({ aud: targetResource, scope: 'payments', client_id: clientId })
    const { fingerprintSha256 } = identity
    expect(bindingOf(token)).toEqual({ kind: 'certificate', fingerprintSha256 })
  })

  it('says what it has refused, and who has to mend it', async () => {
    const other = await server.clientCa.issue({ commonName: 'somebody else' })
    await expect(ask('tls_client_auth', {}, { presented: other })).rejects.toMatchObject({
      code: 'TOKEN_ENDPOINT_CLIENT_REFUSED',
      message: expect.stringMatching(/does not accept who asks \(invalid_client.*registered the client/),
      said: { status: 401, error: 'invalid_client' },
    })
    await expect(ask('client_secret_basic', { parameters: { resource: 'nothing' } })).rejects.toMatchObject({
      code: 'TOKEN_ENDPOINT_REFUSED',
      said: { status: 400, error: 'invalid_target' },
    })
  })
}

describe('a real authorization server gives tokens that are bound to the certificate', () => givesBoundTokens('itself'))

withTools(describe, 'nginx')('so does one behind an nginx that ends TLS', () => givesBoundTokens('nginx'))

const base = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  tls_client_certificate_bound_access_tokens: true,
}
const clientOf = (method: ClientAuthMethod, more: object) => ({
  ...base,
  client_id: method,
  token_endpoint_auth_method: method,
  ...more,
})

const keys: Readonly<Record<SigningAlgorithm, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>> = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  EdDSA: generateKeyPairSync('ed25519'),
}

function assertionKey(algorithm: SigningAlgorithm) {
  const privateKey = keys[algorithm].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { kid: algorithm, algorithm, privateKey }
}

function keyClient(algorithm: SigningAlgorithm) {
  const jwk = { ...keys[algorithm].publicKey.export({ format: 'jwk' }), kid: algorithm, alg: algorithm }
  const more = { client_id: algorithm, jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: algorithm }
  return clientOf('private_key_jwt', more)
}

function clientsWith({ certificate }: IssuedCertificate): readonly object[] {
  const x509 = new X509Certificate(certificate)
  const jwk = { ...x509.publicKey.export({ format: 'jwk' }), x5c: [x509.raw.toString('base64')] }
  return [
    clientOf('client_secret_basic', { client_secret: clientSecret }),
    clientOf('client_secret_post', { client_secret: clientSecret }),
    clientOf('self_signed_tls_client_auth', { jwks: { keys: [jwk] } }),
    clientOf('tls_client_auth', { tls_client_auth_subject_dn: 'CN=tpp-1' }),
    ...signingAlgorithms.map(keyClient),
  ]
}

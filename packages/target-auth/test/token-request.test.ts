import { generateKeyPair, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { clientAuthMethods } from '@mtls-gateway/domain/words'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import {
  type AuthorizationServer,
  startAuthorizationServer,
  targetResource,
} from '@mtls-gateway/test-kit/authorization-server'
import { decodeJwt, exportJWK } from 'jose'
import { bindingOf, requestToken, type TokenSecrets, type TokenSettings } from '../src/index.ts'
import { postWith } from './post.ts'

type ClientAuthMethod = TokenSettings['method']

const clientSecret = 'a secret with : / and %'

function givesBoundTokens(tlsBy: 'itself' | 'nginx'): void {
  let server: AuthorizationServer
  let identity: IssuedCertificate

  beforeAll(async () => {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    secrets = { clientSecret, assertionKey: { key, kid: 'k1' } }
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }]
    const clientCa = await createCa()
    identity = await clientCa.issue({ commonName: 'tpp-1' })
    server = await startAuthorizationServer({ clients: clients(keys, identity), clientCa, tlsBy })
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

  it.each([...new Set<ClientAuthMethod>([...clientAuthMethods, 'private_key_jwt'])])('by %s', async (method) => {
    const asked = { scope: 'payments', parameters: { resource: targetResource } }
    const { token, expiresIn, scope } = await ask(method, asked)
    expect([expiresIn, scope]).toEqual([3_600, 'payments'])
    expect(decodeJwt(token)).toMatchObject({ aud: targetResource, scope: 'payments', client_id: method })
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

function clients(keys: readonly object[], { certificate }: IssuedCertificate): readonly object[] {
  const x5c = [new X509Certificate(certificate).raw.toString('base64')]
  const certified = new X509Certificate(certificate).publicKey.export({ format: 'jwk' })
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
    of('self_signed_tls_client_auth', { jwks: { keys: [{ ...certified, x5c }] } }),
    of('tls_client_auth', { tls_client_auth_subject_dn: 'CN=tpp-1' }),
  ]
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

const clients: readonly object[] = [
  clientOf('client_secret_basic', { client_secret: clientSecret }),
  clientOf('client_secret_post', { client_secret: clientSecret }),
  clientOf('tls_client_auth', { tls_client_auth_subject_dn: 'CN=tpp-1' }),
  ...signingAlgorithms.map(keyClient),
]

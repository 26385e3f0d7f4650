import { createPrivateKey, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, EchoedRequest, IssuedCertificate, TestTarget } from '@mtls-gateway/test-kit'
import { type AuthorizationServer, startAuthorizationServer } from '@mtls-gateway/test-kit/authorization-server'
import { decodeJwt, SignJWT } from 'jose'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { jwt, leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping, SigningKey } from '../support/wire.ts'

let system: SharedSystem
let target: TestTarget
let tenant: Tenant
let caller: ApiClient
let identity: IssuedCertificate
let certificateId: number
/** The first signs, the second is published. */
let first: SigningKey
let second: SigningKey
let server: AuthorizationServer
/** Began after the first key was deleted, so it knows nothing of it. */
let later: AuthorizationServer

const base = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'private_key_jwt',
  tls_client_certificate_bound_access_tokens: true,
}
const startServer = () =>
  startAuthorizationServer({
    serverCa: system.serverCa,
    clientCa: target.clientCa,
    clients: [
      { ...base, client_id: 'by-url', jwks_uri: `${system.configApi.url}${tenant.path('jwks.json')}` },
      { ...base, client_id: 'first-alone', jwks: { keys: [first.jwk] } },
      { ...base, client_id: 'second-alone', jwks: { keys: [second.jwk] } },
    ],
  })

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
  caller = await tenant.newCaller()
  identity = await target.clientCa.issue({ commonName: 'tpp-1' })
  certificateId = (await tenant.saveCertificate('c1', identity)).id
  first = await tenant.newSigningKey()
  second = await tenant.newSigningKey()
  mustBe(200, await tenant.api.json('PUT', tenant.path('settings'), { publishKeys: true }))
  server = await startServer()
})

afterAll(async () => {
  await system?.stop()
  await Promise.all([target?.close(), server?.close(), later?.close()])
})

const authOf = (clientId: string, { tokenUrl, issuer } = server) => ({
  ...{ type: 'oauth2', method: 'private_key_jwt', scope: 'payments' },
  ...{ tokenUrl, issuer, clientId },
})

const send = (path: string, targetAuth: object) =>
  tenant.api.json<Mapping[]>('POST', tenant.path('mappings'), [
    {
      ...{ certificationId: certificateId, serviceId: 'IDP', enable: true, name: path, url: `${target.url}/${path}` },
      targetAuth,
    },
  ])

/** Calls through a mapping of its own, so that no token is there yet. */
async function callBy(path: string, auth: object) {
  mustBe(201, await send(path, auth))
  // Until the forwarder has seen the mapping, the target gets a call without a certificate.
  return eventually(
    () => call(path),
    ({ body }) => problemCode(body) !== 'TARGET_UNREACHABLE',
  )
}

const problemCode = (body: object) => ('code' in body ? body.code : undefined)

const call = (path: string) =>
  caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(`${target.url}/${path}`))

const privatePartOf = async ({ kid }: SigningKey): Promise<string> => {
  const store = system.openStore()
  const stored = await store.get(`target-secrets/${tenant.id}/${kid}` as never)
  await store.close()
  return String(stored?.value.secret)
}

/** Asks for a token with a key of the test's choice. @returns the status */
async function askWith({ issuer, tokenUrl, serverCa }: AuthorizationServer, kid: string, pem: string) {
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer('by-url')
    .setSubject('by-url')
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(createPrivateKey(pem))
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: 'by-url', client_assertion: assertion },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  })
  const presented = { cert: identity.certificate, key: identity.privateKey, ca: serverCa.certificate, agent: false }
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const asked = request(tokenUrl, { method: 'POST', headers: type, ...presented }).end(form.toString())
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

/** Each goes on from the state that the one before has left. */
describe('private_key_jwt', () => {
  it('signs with the active key of the account, which the server has by its url', async () => {
    const { status, body } = await callBy('one', authOf('by-url'))
    expect(status).toBe(200)
    const token = String(body.headers.authorization).slice('Bearer '.length)
    const thumbprint = Buffer.from(identity.fingerprintSha256, 'hex').toString('base64url')
    expect(decodeJwt(token)).toMatchObject({ client_id: 'by-url', cnf: { 'x5t#S256': thumbprint } })
    expect((await callBy('first', authOf('first-alone'))).status).toBe(200)
    const problem = expectProblem(await callBy('second', authOf('second-alone')), 424, 'TOKEN_ENDPOINT_CLIENT_REFUSED')
    expect(problem.detail).toMatch(/has registered the client with this certificate or key/)
  })

  it('names the token endpoint in the assertion where that is set', async () => {
    const { issuer: _, ...auth } = authOf('by-url')
    expect((await callBy('endpoint', { ...auth, assertionAudience: 'tokenUrl' })).status).toBe(200)
    // Not its name: so it is the issuer that others are signed for.
    const { tokenUrl } = server
    const wrong = await callBy('wrong', authOf('by-url', { ...server, tokenUrl, issuer: 'https://other.example' }))
    expectProblem(wrong, 424, 'TOKEN_ENDPOINT_CLIENT_REFUSED')
  })

  it('signs with another key once that is active, and a token that is held stays good', async () => {
    mustBe(200, await tenant.api.json('POST', tenant.path(`signing-keys/${second.kid}/activate`)))
    const asked = server.asked()
    expect((await call('first')).status).toBe(200)
    expect(server.asked()).toBe(asked)
    expect((await callBy('rotated', { ...authOf('second-alone'), scope: 'accounts' })).status).toBe(200)
    expect((await callBy('overlap', { ...authOf('by-url'), scope: 'accounts' })).status).toBe(200)
    const old = await callBy('old', { ...authOf('first-alone'), scope: 'accounts' })
    expectProblem(old, 424, 'TOKEN_ENDPOINT_CLIENT_REFUSED')
  })

  it('has no use for a key that was deleted, and keeps the one that mappings need', async () => {
    const pem = await privatePartOf(first)
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    expect(await askWith(server, first.kid, pem)).toBe(200)
    const refused = await tenant.api.json('DELETE', tenant.path(`signing-keys/${second.kid}`))
    expect(expectProblem(refused, 409, 'SIGNING_KEY_IN_USE').detail).toMatch(/Activate another key/)
    mustBe(200, await tenant.api.json('DELETE', tenant.path(`signing-keys/${first.kid}`)))
    expect(await privatePartOf(first)).toBe('undefined')
    const published = () => system.toConfigApi().json<{ keys: object[] }>('GET', tenant.path('jwks.json'))
    await eventually(published, ({ body }) => body.keys.length === 1)
    later = await startServer()
    expect(await askWith(later, first.kid, pem)).toBe(401)
    expect(await askWith(later, second.kid, await privatePartOf(second))).toBe(200)
    expect((await callBy('later', authOf('by-url', later))).status).toBe(200)
  })

  it('leaves nothing of a private key or an assertion in logs, metrics, answers and the audit trail', async () => {
    const texts: Record<string, string> = { output: await system.readOutput() }
    for (const below of ['signing-keys', 'mappings', 'audit', 'calls', 'settings']) {
      texts[below] = JSON.stringify((await tenant.api.json('GET', tenant.path(below))).body)
    }
    for (const { managementUrl } of [system.configApi, system.forwarderApi]) {
      texts[managementUrl] = await (await fetch(`${managementUrl}/metrics`)).text()
    }
    const { d = '' } = createPrivateKey(await privatePartOf(second)).export({ format: 'jwk' })
    const secrets = { 'the private key': Buffer.from(d, 'base64url') }
    const stored = (await privatePartOf(second)).replaceAll('\n', '')
    expect(leaksOf(secrets, { stored })).toEqual(['the private key in stored'])
    expect(leaksOf(secrets, texts)).toEqual([])
    for (const text of Object.values(texts)) expect(text).not.toMatch(jwt)
  })

  it.each([
    ['no issuer', { issuer: undefined }, /targetAuth\.issuer.*is missing/],
    ['an issuer that is no https url', { issuer: 'https://auth.example?x' }, /issuer/],
    ['a secret', { secret: 's' }, /a signing key of the account shows who asks/],
    ['a method without assertions', { method: 'tls_client_auth' }, /has no assertion\. Leave .*issuer.* out/],
  ])('is refused with %s', async (_, change, detail) => {
    const refused = await send('refused', { ...authOf('by-url'), ...change })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(detail)
  })

  it('fails with a code of its own where the store has lost the private key', async () => {
    const other = await system.newTenant()
    const { kid } = await other.newSigningKey()
    const { id } = await other.saveCertificate('c1', identity)
    const mapping = { certificationId: id, serviceId: 'IDP', enable: true, url: `${target.url}/x`, name: 'm1' }
    const body = [{ ...mapping, targetAuth: authOf('by-url') }]
    expect((await other.api.json('POST', other.path('mappings'), body)).status).toBe(201)
    const store = system.openStore()
    await store.purge(`target-secrets/${other.id}/${kid}` as never)
    await store.close()
    const otherCaller = await other.newCaller()
    const forward = () => otherCaller.json<object>('GET', other.forwardPath, undefined, lp(`${target.url}/x`))
    expect(expectProblem(await forward(), 424, 'SIGNING_KEY_MISSING').detail).toMatch(
      /Create another one, and activate it/,
    )
    // The endpoint has done nothing wrong, so nothing is waited over but the news of the next key.
    const next = await other.newSigningKey()
    mustBe(200, await other.api.json('POST', other.path(`signing-keys/${next.kid}/activate`)))
    const refused = await eventually(forward, ({ body }) => problemCode(body) !== 'SIGNING_KEY_MISSING')
    expectProblem(refused, 424, 'TOKEN_ENDPOINT_CLIENT_REFUSED')
  })

  it('is refused while the account has no key for it', async () => {
    const other = await system.newTenant()
    const { id } = await other.saveCertificate('c1', identity)
    const mapping = { certificationId: id, serviceId: 'IDP', enable: true, url: `${target.url}/x`, name: 'm1' }
    const body = [{ ...mapping, targetAuth: authOf('by-url') }]
    await other.newSigningKey({ use: 'message-signature' })
    const refused = await other.api.json('POST', other.path('mappings'), body)
    expect(expectProblem(refused, 409, 'SIGNING_KEY_NEEDED').detail).toMatch(/"client-authentication"/)
    await other.newSigningKey()
    expect((await other.api.json('POST', other.path('mappings'), body)).status).toBe(201)
  })
})

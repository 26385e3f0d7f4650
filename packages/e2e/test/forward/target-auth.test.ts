import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EchoedRequest, TestTarget } from '@mtls-gateway/test-kit'
import { type AuthorizationServer, startAuthorizationServer } from '@mtls-gateway/test-kit/authorization-server'
import { decodeJwt } from 'jose'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { jwt } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, lp } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

const clientSecret = 'canary secret: of the client'
const methods = ['tls_client_auth', 'client_secret_basic', 'client_secret_post'] as const
type Auth = Readonly<Record<string, unknown>>
type MappingWithAuth = Mapping & { readonly targetAuth?: Auth }

describe('the targetAuth of a mapping', () => {
  let system: SharedSystem
  let target: TestTarget
  let server: AuthorizationServer

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    const { clientCa } = target
    server = await startAuthorizationServer({ serverCa: system.serverCa, clientCa, clients: methods.map(clientOf) })
  })

  afterAll(async () => {
    await system?.stop()
    await Promise.all([target?.close(), server?.close()])
  })

  const oauth2 = (method: (typeof methods)[number] = 'tls_client_auth', more: object = {}): Auth => ({
    type: 'oauth2',
    tokenUrl: server.tokenUrl,
    clientId: method,
    method,
    scope: 'payments',
    ...(method !== 'tls_client_auth' && { secret: clientSecret }),
    ...more,
  })

  async function tenantWith(targetAuth: Auth) {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'tpp-1' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const url = `${target.url}/payments`
    const entry = { certificationId: id, serviceId: 'IDP', url, name: 'm1', targetAuth }
    const mapping = (await tenant.map(entry as Parameters<typeof tenant.map>[0])) as MappingWithAuth
    const caller = await tenant.newCaller()
    const forward = (headers: object = {}) =>
      caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, { ...lp(url), ...headers })
    const put = (change: object) =>
      tenant.api.json<MappingWithAuth>('PUT', tenant.path(`mappings/${mapping.id}`), { ...mapping, ...change })
    return { tenant, identity, certificateId: id, mapping, forward, put, caller }
  }

  it.each(methods)('has calls carry a token that is bound to the certificate, by %s', async (method) => {
    const { identity, forward } = await tenantWith(oauth2(method))
    const { status, body } = await forward()
    expect(status).toBe(200)
    const [scheme, token = ''] = String(body.headers.authorization).split(' ')
    expect(scheme).toBe('Bearer')
    const thumbprint = Buffer.from(identity.fingerprintSha256, 'hex').toString('base64url')
    expect(decodeJwt(token)).toMatchObject({ client_id: method, scope: 'payments', cnf: { 'x5t#S256': thumbprint } })
    expect(body.clientCertificate?.fingerprint256).toBe(identity.fingerprintSha256)
  })

  it('asks once for many calls at once, and what a caller sends as Authorization does not go out beside it', async () => {
    const { forward } = await tenantWith(oauth2())
    const before = server.asked()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => forward({ 'LP-authorization-override': 'mine' })),
    )
    const sent = new Set(answers.map(({ body }) => body.headers.authorization))
    expect(server.asked()).toBe(before + 1)
    expect([...sent]).toEqual([expect.stringMatching(/^Bearer [^, ]+$/)])
  })

  it('never shows a secret, keeps one that is not sent, and asks for it again where it is for another', async () => {
    const { tenant, mapping, put, forward } = await tenantWith(oauth2('client_secret_basic'))
    const told = { hasSecret: true, secretSetAt: expect.stringMatching(/Z$/), secretSetBy: expect.any(String) }
    expect(mapping.targetAuth).toMatchObject({ clientId: 'client_secret_basic', ...told })
    expect(mapping.targetAuth).not.toHaveProperty('secret')
    // As a client puts back what it got.
    const changed = await put({ targetAuth: { ...mapping.targetAuth, scope: 'accounts' } })
    expect(changed).toMatchObject({ status: 200, body: { targetAuth: { scope: 'accounts', ...told } } })
    expect((await forward()).status).toBe(200)

    for (const change of [
      { targetAuth: { ...mapping.targetAuth, clientId: 'another' } },
      { targetAuth: { ...mapping.targetAuth, tokenUrl: `${server.issuer}/elsewhere` } },
      { url: 'https://elsewhere.example/' },
    ]) {
      expect(expectProblem(await put(change), 400, 'TARGET_SECRET_NEEDED').detail).toContain('Send the secret again')
    }
    const audit = await tenant.api.json('GET', tenant.path('audit'))
    expect(JSON.stringify(audit.body)).not.toContain('canary')
    expect(JSON.stringify(audit.body)).toContain('targetAuth')
    const output = await system.readOutput()
    expect(output).not.toContain(clientSecret)
    expect(output).not.toMatch(jwt)
  })

  it('is removed by null, and its secret with it', async () => {
    const { tenant, put, forward } = await tenantWith({
      type: 'headers',
      headers: [{ name: 'X-Api-Key', secret: 'k' }],
    })
    expect((await forward()).body.headers).toMatchObject({ 'x-api-key': 'k' })
    const removed = await put({ targetAuth: null })
    expect(removed.body).not.toHaveProperty('targetAuth')
    await eventually(
      async () => (await forward()).body.headers['x-api-key'],
      (value) => value === undefined,
    )
    const store = system.openStore()
    expect(await store.list(`target-secrets/${tenant.id}/` as never)).toEqual([])
    await store.close()
  })

  it('is another secret with the next call, or the one before, where a forwarder has not read the first yet', async () => {
    const auth = (secret: string) => ({ type: 'headers', headers: [{ name: 'X-Api-Key', secret }] })
    const { tenant, put, forward } = await tenantWith(auth('k0'))
    for (let i = 1; i <= 10; i++) {
      expect((await put({ targetAuth: auth(`k${i}`) })).status).toBe(200)
      const { status, body } = await forward({ X_Api_Key: 'of the caller' })
      expect(status).toBe(200)
      expect(body.headers['x-api-key']).toMatch(/^k\d+$/)
      expect(body.headers).not.toHaveProperty('x_api_key')
    }
    const store = system.openStore()
    await eventually(
      () => store.list(`target-secrets/${tenant.id}/` as never),
      (ids) => ids.length === 1,
    ).finally(() => store.close())
  })

  it('says who has to mend what a token endpoint refuses', async () => {
    const wrong = await tenantWith(oauth2('client_secret_basic', { secret: 'wrong' }))
    const problem = expectProblem(await wrong.forward(), 424, 'TOKEN_ENDPOINT_CLIENT_REFUSED')
    expect(problem.detail).toMatch(/does not accept who asks \(invalid_client/)
    const silent = await tenantWith(oauth2('tls_client_auth', { tokenUrl: 'https://localhost:1/token' }))
    expectProblem(await silent.forward(), 424, 'TOKEN_ENDPOINT_UNREACHABLE')
    const guarded = await tenantWith(oauth2('tls_client_auth', { tokenUrl: 'https://169.254.169.254/token' }))
    expect(expectProblem(await guarded.forward(), 424, 'TOKEN_ENDPOINT_UNREACHABLE').detail).toMatch(
      /private, local or reserved address/,
    )
  })

  it('takes a new token with a new version of the certificate', async () => {
    const { tenant, certificateId, forward } = await tenantWith(oauth2())
    const boundTo = async () => {
      const { status, body } = await forward()
      expect(status).toBe(200)
      const token = String(body.headers.authorization).slice('Bearer '.length)
      const { cnf } = decodeJwt<{ cnf: { 'x5t#S256': string } }>(token)
      const bound = Buffer.from(cnf['x5t#S256'], 'base64url').toString('hex')
      expect(bound).toBe(body.clientCertificate?.fingerprint256)
      return bound
    }
    const first = await boundTo()
    const next = await target.clientCa.issue({ commonName: 'tpp-1' })
    const renewed = [{ ...certificateEntry('c1', next), id: certificateId }]
    expect((await tenant.api.json('PUT', tenant.path('certificates'), renewed)).status).toBe(200)
    while ((await boundTo()) === first) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await boundTo()).toBe(next.fingerprintSha256)
  })

  it.each([
    ['a misspelt field', { clientid: 'x' }, /clientid/],
    ['a url without TLS', { tokenUrl: 'http://localhost/token' }, /https/],
    ['a secret where the certificate shows who asks', { secret: 's' }, /has no secret/],
    ['a method that there is not', { method: 'none' }, /method/],
    ['a parameter of ours', { parameters: { grant_type: 'x' } }, /grant_type/],
    ['a header field', { headers: [{ name: 'x', secret: 's' }] }, /no header fields/],
    ['nothing of a client', { clientId: undefined }, /clientId.* is missing/],
    ['a long secret', { method: 'client_secret_post', secret: 's'.repeat(4_097) }, /secret/],
  ])('is refused with %s', async (_, change, detail) => {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
    const mapping = { certificationId: id, serviceId: 'IDP', enable: true, url: `${target.url}/x`, name: 'm1' }
    const refused = await tenant.api.json('POST', tenant.path('mappings'), [
      { ...mapping, targetAuth: { ...oauth2(), ...change } },
    ])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(detail)
  })

  it.each(['LP-service-name', 'Host', 'content_length', 'Transfer-Encoding', 'X-Forwarded-For', 'a b', 'Connection'])(
    'is refused with the header field %s',
    async (name) => {
      const tenant = await system.newTenant()
      const { id } = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
      const targetAuth = { type: 'headers', headers: [{ name, secret: 's' }] }
      const mapping = {
        certificationId: id,
        serviceId: 'IDP',
        enable: true,
        url: `${target.url}/x`,
        name: 'm1',
        targetAuth,
      }
      const refused = await tenant.api.json('POST', tenant.path('mappings'), [mapping])
      expectProblem(refused, 400, 'TARGET_AUTH_INVALID')
    },
  )
})

function clientOf(method: (typeof methods)[number]): object {
  return {
    client_id: method,
    token_endpoint_auth_method: method,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    tls_client_certificate_bound_access_tokens: true,
    ...(method === 'tls_client_auth' ? { tls_client_auth_subject_dn: 'CN=tpp-1' } : { client_secret: clientSecret }),
  }
}

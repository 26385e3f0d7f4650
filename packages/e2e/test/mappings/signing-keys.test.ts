import { createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient } from '@mtls-gateway/test-kit'
import { calculateJwkThumbprint } from 'jose'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { newAccountId, type Tenant } from '../support/tenant.ts'
import type { SigningKey } from '../support/wire.ts'

let system: SharedSystem
let anybody: ApiClient

beforeAll(async () => {
  system = await sharedSystem()
  anybody = system.toConfigApi()
})

afterAll(() => system?.stop())

const list = async (tenant: Tenant) => (await tenant.api.json<SigningKey[]>('GET', tenant.path('signing-keys'))).body

describe('a signing key', () => {
  it.each([
    ['ES256', { kty: 'EC', crv: 'P-256' }],
    ['PS256', { kty: 'RSA', e: 'AQAB' }],
    ['RS256', { kty: 'RSA', e: 'AQAB' }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
  ] as const)('for %s has a public part alone, and its thumbprint for a name', async (algorithm, members) => {
    const tenant = await system.newTenant()
    const { jwk, ...key } = await tenant.newSigningKey({ use: 'message-signature', algorithm })
    expect(key).toMatchObject({ use: 'message-signature', algorithm, state: 'active', retiredAt: null })
    expect(jwk).toMatchObject({ ...members, alg: algorithm, use: 'sig', kid: key.kid })
    expect(await calculateJwkThumbprint(jwk)).toBe(key.kid)
    expect(createPublicKey({ key: jwk, format: 'jwk' }).type).toBe('public')
    expect(jwk).not.toHaveProperty('d')
  })

  it('is one of each use that signs; another waits, and can be gone back from', async () => {
    const tenant = await system.newTenant()
    const [first, second, other] = [
      await tenant.newSigningKey(),
      await tenant.newSigningKey(),
      await tenant.newSigningKey({ use: 'message-signature' }),
    ]
    const states = async () => (await list(tenant)).map(({ state }) => state)
    const activate = ({ kid }: SigningKey) => tenant.api.json('POST', tenant.path(`signing-keys/${kid}/activate`))
    expect([first.state, second.state, other.state]).toEqual(['active', 'published', 'active'])
    expect(await activate(second)).toMatchObject({ status: 200, body: { state: 'active' } })
    expect(await states()).toEqual(['retired', 'active', 'active'])
    expect(await activate(first)).toMatchObject({ status: 200, body: { state: 'active', retiredAt: null } })
    expect(await states()).toEqual(['active', 'retired', 'active'])
    const audit = await tenant.api.json<{ action: string }[]>('GET', tenant.path('audit?limit=1'))
    expect(audit.body).toMatchObject([
      { action: 'signing-keys.activate', subjects: [`${first.kid} client-authentication`] },
    ])
  })

  it('is told from one that there is not', async () => {
    const tenant = await system.newTenant()
    const missing = await tenant.api.json('DELETE', tenant.path('signing-keys/none'))
    expectProblem(missing, 404, 'SIGNING_KEY_NOT_FOUND')
    expectProblem(
      await tenant.api.json('POST', tenant.path('signing-keys/none/activate')),
      404,
      'SIGNING_KEY_NOT_FOUND',
    )
    for (const body of [{}, { use: 'x' }, { use: 'message-signature', privateKey: 'x' }]) {
      expectProblem(await tenant.api.json('POST', tenant.path('signing-keys'), body), 400, 'VALIDATION_FAILED')
    }
  })
})

describe('the key set of an account', () => {
  const ask = (path: string, headers: Record<string, string> = {}) => anybody.raw({ method: 'GET', path, headers })

  it('is for nobody until the account publishes it: as if there were no account', async () => {
    const tenant = await system.newTenant()
    await tenant.newSigningKey()
    const hidden = expectProblem(await ask(tenant.path('jwks.json')), 404, 'NOT_FOUND')
    const nowhere = expectProblem(await ask(`/mtls/account/${newAccountId()}/jwks.json`), 404, 'NOT_FOUND')
    expect({ ...hidden, instance: '' }).toEqual({ ...nowhere, instance: '' })
  })

  it('is for everybody then, and may be kept', async () => {
    const tenant = await system.newTenant()
    const key = await tenant.newSigningKey()
    await tenant.api.json('PUT', tenant.path('settings'), { publishKeys: true })
    const { status, headers, body } = await ask(tenant.path('jwks.json'))
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/jwk-set\+json/),
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    })
    expect(JSON.parse(String(body))).toEqual({ keys: [key.jwk] })
    const same = await ask(tenant.path('jwks.json'), { 'if-none-match': String(headers.etag) })
    expect(same).toMatchObject({ status: 304, headers: { etag: headers.etag } })
    expect(same.body).toHaveLength(0)

    const next = await tenant.newSigningKey()
    const changed = await eventually(
      () => ask(tenant.path('jwks.json'), { 'if-none-match': String(headers.etag) }),
      (answer) => answer.status === 200,
    )
    expect(JSON.parse(String(changed.body))).toEqual({ keys: [key.jwk, next.jwk] })
    await tenant.api.json('PUT', tenant.path('settings'), { publishKeys: false })
    await eventually(
      () => ask(tenant.path('jwks.json')),
      (answer) => answer.status === 404,
    )
  })
})

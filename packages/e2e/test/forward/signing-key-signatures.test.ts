import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, EchoedRequest, TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { expectSigned } from '../support/signature-verifier.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping, SigningKey } from '../support/wire.ts'

const use = 'message-signature'
const schemes = ['cavage', 'jws', 'rfc9421'] as const
type Scheme = (typeof schemes)[number]

/** Each goes on from the state that the one before has left. */
describe('a messageSignature by the signing key of the account', () => {
  let system: SharedSystem
  let target: TestTarget
  let tenant: Tenant
  let caller: ApiClient
  let certificateId: number
  let first: SigningKey
  let second: SigningKey
  const mappings = new Map<Scheme, Mapping>()

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    tenant = await system.newTenant()
    caller = await tenant.newCaller()
    certificateId = (await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))).id
    mustBe(200, await tenant.api.json('PUT', tenant.path('settings'), { publishKeys: true }))
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const map = (name: string, messageSignature: object) => {
    const entry = { certificationId: certificateId, serviceId: 'IDP', enable: true, name, url: `${target.url}/${name}` }
    return tenant.api.json<Mapping[]>('POST', tenant.path('mappings'), [{ ...entry, messageSignature }])
  }
  const forward = (scheme: Scheme) =>
    caller.json<EchoedRequest>('POST', tenant.forwardPath, { a: 1 }, lp(`${target.url}/${scheme}`))
  const call = async (scheme: Scheme): Promise<EchoedRequest> => {
    const answer = await forward(scheme)
    mustBe(200, answer)
    return answer.body
  }
  const change = (method: string, { kid }: SigningKey, below = '') =>
    tenant.api.json(method, tenant.path(`signing-keys/${kid}${below}`))

  /** The key as the target finds it, by its id in the published set; undefined: it is not there. */
  async function publishedKey(kid: string): Promise<KeyObject | undefined> {
    const answer = await fetch(`${system.configApi.url}${tenant.path('jwks.json')}`)
    const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] }
    const key = keys.find((each) => each.kid === kid)
    return key && createPublicKey({ key, format: 'jwk' })
  }

  async function expectVerified(request: EchoedRequest): Promise<string> {
    const kid = keyIdOf(request)
    // A change of the set is there within a second.
    const key = await eventually(
      () => publishedKey(kid),
      (each) => each !== undefined,
    )
    if (key !== undefined) await expectSigned(request, key)
    return kid
  }

  it('is refused while the account has no such key', async () => {
    await tenant.newSigningKey()
    const refused = await map('none', { scheme: 'jws', signingKey: true })
    expect(expectProblem(refused, 409, 'SIGNING_KEY_NEEDED').detail).toContain(`"${use}"`)
  })

  it.each(schemes)('verifies by the published set: %s', async (scheme) => {
    first ??= await tenant.newSigningKey({ use })
    const mapped = await map(scheme, { scheme, signingKey: true })
    mustBe(201, mapped)
    const [mapping] = mapped.body
    if (mapping === undefined) throw new Error('it was mapped')
    mappings.set(scheme, mapping)
    expect(mapping.messageSignature).toEqual({ scheme, signingKey: true })
    const { body: request } = await eventually(
      () => forward(scheme),
      ({ status, body }) => status === 200 && keyIdOf(body) !== '',
    )
    expect(await expectVerified(request)).toBe(first.kid)
    expect(request.headers).not.toHaveProperty('tpp-signature-certificate')
  })

  it('is made with the next key once that is active: no call fails, and what was signed before verifies', async () => {
    const before = await Promise.all(schemes.map(call))
    second = await tenant.newSigningKey({ use })
    const signed: EchoedRequest[] = []
    let isOver = false
    const calling = schemes.map(async (scheme) => {
      while (!isOver) signed.push(await call(scheme))
    })
    await eventually(
      async () => signed.length,
      (length) => length >= 20,
    )
    mustBe(200, await change('POST', second, '/activate'))
    const last = await eventually(
      () => Promise.all(schemes.map(call)),
      (requests) => requests.every((each) => keyIdOf(each) === second.kid),
    )
    isOver = true
    await Promise.all(calling)
    const kids = await Promise.all([...before, ...signed, ...last].map(expectVerified))
    expect(new Set(kids)).toEqual(new Set([first.kid, second.kid]))
  })

  it('goes on while the retired key is deleted, which then verifies nothing', async () => {
    mustBe(200, await change('DELETE', first))
    for (const scheme of schemes) expect(await expectVerified(await call(scheme))).toBe(second.kid)
    await eventually(
      () => publishedKey(first.kid),
      (key) => key === undefined,
    )
  })

  it('keeps the key that it needs, and is not left with one that does not fit', async () => {
    const refused = await change('DELETE', second)
    expect(expectProblem(refused, 409, 'SIGNING_KEY_IN_USE').detail).toMatch(/Activate another key/)
    const other = await tenant.newSigningKey({ use, algorithm: 'PS256' })
    const unfit = await change('POST', other, '/activate')
    expect(expectProblem(unfit, 409, 'SIGNING_KEY_IN_USE').detail).toMatch(/cannot sign by a key for PS256/)
    for (const scheme of ['cavage', 'rfc9421'] as const) {
      const { id } = mappings.get(scheme) ?? {}
      mustBe(200, await tenant.api.json('DELETE', tenant.path(`mappings/${id}`)))
    }
    mustBe(200, await change('POST', other, '/activate'))
    const request = await eventually(
      () => call('jws'),
      (each) => keyIdOf(each) === other.kid,
    )
    await expectVerified(request)
  })

  it.each([
    ['an algorithm that the key is not for', { scheme: 'jws', algorithm: 'ES256' }, /is for PS256/],
    ['a scheme that has no such algorithm', { scheme: 'rfc9421' }, /\\"rfc9421\\" takes those for RS256, ES256, EdDSA/],
    ['a certificate as well', { scheme: 'jws', certificationId: '1' }, /Leave one of them out/],
  ])('is refused with %s', async (_, signature, said) => {
    const refused = await map('refused', { ...signature, signingKey: true })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(/MESSAGE_SIGNATURE_INVALID/)
    expect(JSON.stringify(refused.body)).toMatch(said)
  })

  it('fails with a code of its own where the store has lost the private key', async () => {
    const other = await system.newTenant()
    const { kid } = await other.newSigningKey({ use })
    const { id } = await other.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
    const mapping = { certificationId: id, serviceId: 'IDP', enable: true, url: `${target.url}/lost`, name: 'm1' }
    const body = [{ ...mapping, messageSignature: { scheme: 'jws', signingKey: true } }]
    mustBe(201, await other.api.json('POST', other.path('mappings'), body))
    const store = system.openStore()
    await store.purge(`target-secrets/${other.id}/${kid}` as never)
    await store.close()
    const otherCaller = await other.newCaller()
    const forward = () => otherCaller.json<object>('GET', other.forwardPath, undefined, lp(mapping.url))
    const refused = await eventually(forward, ({ status }) => status !== 200)
    expect(expectProblem(refused, 424, 'SIGNING_KEY_MISSING').detail).toMatch(/Create another one, and activate it/)
  })

  it('leaves nothing of the private key in logs and answers', async () => {
    const store = system.openStore()
    const stored = await store.get(`target-secrets/${tenant.id}/${second.kid}` as never)
    await store.close()
    const pem = String(stored?.value.secret)
    const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
    const secrets = { 'the private key': Buffer.from(d, 'base64url') }
    const texts: Record<string, string> = { output: await system.readOutput() }
    for (const below of ['signing-keys', 'mappings', 'audit', 'calls']) {
      texts[below] = JSON.stringify((await tenant.api.json('GET', tenant.path(below))).body)
    }
    expect(leaksOf(secrets, { stored: pem.replaceAll('\n', '') })).toEqual(['the private key in stored'])
    expect(leaksOf(secrets, texts)).toEqual([])
  })
})

/** How the request says which key has signed it; empty: it is not signed. */
function keyIdOf({ headers }: EchoedRequest): string {
  const jws = String(headers['x-jws-signature'] ?? '')
  if (jws !== '') return JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()).kid
  const named = String(headers['signature-input'] ?? headers.signature ?? '')
  return /keyid="([^"]*)"/i.exec(named)?.[1] ?? ''
}

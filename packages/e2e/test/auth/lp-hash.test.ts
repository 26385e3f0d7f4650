import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, EchoedRequest, TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem, problemOf } from '../support/expect-problem.ts'
import type { RunningSystem } from '../support/running-system.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { System } from '../support/system.ts'
import { lp } from '../support/tenant.ts'

/** As the contract says: base64url(SHA-256 of the `LP-*` headers, lower-case `name:value\n`, sorted). */
function lpHashOf(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name.toLowerCase()}:${value}\n`)
  return createHash('sha256').update(lines.sort().join('')).digest('base64url')
}

/** Runs with default settings. */
let shared: SharedSystem
let target: TestTarget

beforeAll(async () => {
  shared = await sharedSystem()
  target = await shared.startTarget({ requireClientCertificate: false })
})

afterAll(async () => {
  await shared?.stop()
  await target?.close()
})

describe.each([{ required: false }, { required: true }])('lp_hash where REQUIRE_LP_HASH=$required', ({ required }) => {
  let system: RunningSystem
  let path: string
  let base: string
  let caller: ApiClient

  beforeAll(async () => {
    system = required ? await System.start({ targets: [target], env: { REQUIRE_LP_HASH: 'true' } }) : shared
    const tenant = await system.newTenant()
    path = tenant.forwardPath
    const identity = await target.clientCa.issue({ commonName: 'x' })
    base = tenant.pathTo((await tenant.onboard(identity, `${target.url}/base/*`)).mapping)
    caller = await tenant.newCaller()
  })

  afterAll(() => (required ? system?.stop() : undefined))

  const headers = () => ({ ...lp(`${target.url}/a?b=c`), 'LP-authorization-override': 'Bearer x' })
  const forward = (query: string, sent: Record<string, string> = headers()) =>
    caller.raw({ method: 'GET', path: `${path}${query}`, headers: sent })

  it('holds when it is that of the headers', async () => {
    expect((await forward(`?lp_hash=${lpHashOf(headers())}`)).status).toBe(200)
  })

  it('refuses a call whose headers are others', async () => {
    target.clear()
    const query = `?lp_hash=${lpHashOf(headers())}`
    const changed = [
      { ...headers(), 'LP-forward-url': `${target.url}/other` },
      { ...headers(), 'LP-stop-if-certificate-not-found': 'false' },
      lp(`${target.url}/a?b=c`),
    ]
    for (const sent of changed) expectProblem(await forward(query, sent), 401, 'LP_HASH_MISMATCH')
    expect(target.seen).toEqual([])
  })

  it(required ? 'may not be missing' : 'may be missing', async () => {
    const answer = await forward('')
    if (required) expectProblem(answer, problemOf(answer).status, 'LP_HASH_MISSING')
    else expect(answer.status).toBe(200)
    expect(answer.status).toBeLessThan(500)
  })

  it('of a call by base url is that of its headers, if it has any, and stays at the gateway', async () => {
    const plain = await caller.json<EchoedRequest>('GET', `${base}/a?b=c`)
    expect(plain).toMatchObject({ status: 200, body: { url: '/base/a?b=c' } })
    const sent = { 'LP-authorization-override': 'Bearer x' }
    const hashed = `${base}/a?b=c&lp_hash=${lpHashOf(sent)}`
    expect(await caller.json<EchoedRequest>('GET', hashed, undefined, sent)).toMatchObject({
      status: 200,
      body: { url: '/base/a?b=c', headers: { authorization: 'Bearer x' } },
    })
    target.clear()
    expectProblem(await caller.json('GET', hashed, undefined, { ...sent, 'LP-other': '1' }), 401, 'LP_HASH_MISMATCH')
    if (required) expectProblem(await caller.json('GET', `${base}/a`, undefined, sent), 400, 'LP_HASH_MISSING')
    expect(target.seen).toEqual([])
  })
})

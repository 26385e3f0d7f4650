import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

interface Settings {
  readonly unmappedCalls: string
  readonly webhook: { readonly url: string; readonly secret?: string } | null
}

let target: TestTarget
let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({ requireClientCertificate: false })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const get = async () => (await tenant.api.json<Settings>('GET', tenant.path('settings'))).body
const put = (body: unknown, headers: Record<string, string> = {}) =>
  tenant.api.json<Settings>('PUT', tenant.path('settings'), body, headers)

describe('the settings of an account', () => {
  beforeAll(async () => {
    tenant = await system.newTenant()
  })

  it('are the defaults until somebody sets them', async () => {
    expect(await get()).toEqual({ unmappedCalls: 'plain', webhook: null })
  })

  it('refuse every unmapped call of the account, at once, and let them through again', async () => {
    const caller = await tenant.newCaller()
    const forward = () => caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/unmapped`))
    expect(await forward()).toMatchObject({ status: 200 })
    expect(await put({ unmappedCalls: 'refuse' })).toMatchObject({ status: 200, body: { unmappedCalls: 'refuse' } })
    expectProblem(await eventually(forward, ({ status }) => status !== 200), 403, 'UNMAPPED_CALL')
    expect(await put({ unmappedCalls: 'plain' })).toMatchObject({ status: 200 })
    await eventually(forward, ({ status }) => status === 200)
  })

  it('show the secret of a webhook once: when it is made, and when it is made anew', async () => {
    const url = 'https://hooks.example/mtls'
    const { webhook } = (await put({ webhook: { url } })).body
    expect(webhook).toEqual({ url, secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) })
    expect((await get()).webhook).toEqual({ url })
    const moved = await put({ webhook: { url: `${url}/2` } })
    expect(moved.body.webhook).toEqual({ url: `${url}/2` })
    const rotated = await put({ webhook: { url: `${url}/2`, rotateSecret: true } })
    expect(rotated.body.webhook?.secret).toMatch(/^whsec_/)
    expect(rotated.body.webhook?.secret).not.toBe(webhook?.secret)
  })

  it('keep what a change leaves out, and lose the webhook by null', async () => {
    await put({ unmappedCalls: 'refuse', webhook: { url: 'https://hooks.example/' } })
    expect((await put({ unmappedCalls: 'plain' })).body.webhook).toEqual({ url: 'https://hooks.example/' })
    expect((await put({ webhook: null })).body).toEqual({ unmappedCalls: 'plain', webhook: null })
  })

  it('are changed only as they were read where If-Match says so', async () => {
    const { headers } = await tenant.api.json('GET', tenant.path('settings'))
    const ifMatch = { 'if-match': String(headers.etag) }
    const { headers: changed } = await put({ unmappedCalls: 'refuse' }, ifMatch)
    expect(changed.etag).not.toBe(headers.etag)
    expectProblem(await put({ unmappedCalls: 'plain' }, ifMatch), 412, 'PRECONDITION_FAILED')
  })

  it.each([
    [{ unmappedCals: 'refuse' }, 'VALIDATION_FAILED'],
    [{ unmappedCalls: 'sometimes' }, 'VALIDATION_FAILED'],
    [{ webhook: { url: 'http://hooks.example/' } }, 'TARGET_URL_NOT_HTTPS'],
    [{ webhook: { url: 'https://hooks.example/../x' } }, 'TARGET_URL_NOT_CANONICAL'],
    [{ webhook: { url: `https://hooks.example/${'x'.repeat(3_000)}` } }, 'LIMIT_EXCEEDED'],
    [{ webhook: {} }, 'VALIDATION_FAILED'],
  ])('refuse %j', async (body, code) => {
    const before = await get()
    expectProblem(await put(body), 400, code)
    expect(await get()).toEqual(before)
  })
})

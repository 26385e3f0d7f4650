import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { WebhookTest } from '@mtls-gateway/contract'
import { type TargetHandler, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
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
    expect(await get()).toEqual({
      unmappedCalls: 'plain',
      publishKeys: false,
      webhook: null,
      notices: [],
      approvals: null,
    })
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
    const defaults = { unmappedCalls: 'plain', publishKeys: false, webhook: null, notices: [], approvals: null }
    expect((await put({ webhook: null })).body).toEqual(defaults)
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

describe('a test of the webhook', () => {
  let hook: TestTarget
  let handler: TargetHandler
  let got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []

  beforeAll(async () => {
    hook = await system.startTarget({
      requireClientCertificate: false,
      handler: async (request, response) => {
        got.push({ headers: request.headers, body: (await request.toArray()).join('') })
        await handler(request, response)
      },
    })
  })

  afterAll(() => hook?.close())

  beforeEach(async () => {
    tenant = await system.newTenant()
    got = []
    handler = (_request, response) => void response.writeHead(204).end()
  })

  const test = (of: Tenant) => of.api.json<WebhookTest>('POST', of.path('settings/webhook/test'))

  it('sends it a signed message, and changes nothing', async () => {
    expectProblem(await test(tenant), 404, 'WEBHOOK_NOT_FOUND')
    const { body: settings, headers: changed } = await put({ webhook: { url: `${hook.url}/mtls` } })
    expect(await test(tenant)).toMatchObject({ status: 200, body: { delivered: true, status: 204, code: null } })
    const [{ headers, body } = { headers: {}, body: '' }] = got
    expect(JSON.parse(body)).toEqual({ type: 'test', timestamp: expect.any(String), data: { accountId: tenant.id } })
    const key = Buffer.from((settings.webhook?.secret ?? '').replace('whsec_', ''), 'base64')
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    expect((await tenant.api.json('GET', tenant.path('settings'))).headers.etag).toBe(changed.etag)
  })

  it('is answered with what goes wrong', async () => {
    await put({ webhook: { url: `${hook.url}/mtls` } })
    handler = (_request, response) => void response.writeHead(401).end()
    const refused = await test(tenant)
    expect(refused).toMatchObject({ status: 200, body: { delivered: false, status: 401, code: null } })
    expectSentence(refused.body.explanation)
    await put({ webhook: { url: 'https://10.0.0.1/' } })
    const kept = { delivered: false, status: null, code: 'TARGET_ADDRESS_REFUSED' }
    expect(await test(tenant)).toMatchObject({ status: 200, body: kept })
  })

  it('is made by one at a time of an account, and by others meanwhile', async () => {
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>()
    const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
    handler = async (request, response) => {
      if (request.url === '/slow') {
        asked()
        await isOver
      }
      response.writeHead(204).end()
    }
    await put({ webhook: { url: `${hook.url}/slow` } })
    const first = test(tenant)
    await isAsked
    const second = await test(tenant)
    expectProblem(second, 503, 'TOO_MANY_CALLS')
    expect(second.headers['retry-after']).toBe('60')
    const slow = tenant
    tenant = await system.newTenant()
    await put({ webhook: { url: `${hook.url}/quick` } })
    expect(await test(tenant)).toMatchObject({ status: 200, body: { delivered: true } })
    end()
    expect(await first).toMatchObject({ status: 200, body: { delivered: true } })
    expect(await test(slow)).toMatchObject({ status: 200, body: { delivered: true } })
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, freePort, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { OriginalClient, OriginalClientError } from '../support/original-client.ts'
import type { RunningSystem } from '../support/running-system.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let client: OriginalClient

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target], forwarderApiEnv: { COMPATIBILITY: 'liveperson' } })
  tenant = await system.newTenant()
  await onboard(tenant)
  client = clientOf(system, tenant, await system.token([tenant.id], ['forward']))
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

async function onboard(to: Tenant): Promise<void> {
  const { id } = await to.saveCertificate('c1', await target.clientCa.issue({ commonName: 'of a function' }))
  const mapping = { certificationId: id, serviceId: 'FAAS' }
  await to.map({ ...mapping, url: `${target.url}/*`, name: 'all' })
  await to.map({ ...mapping, url: `${target.url}/disabled`, name: 'disabled', enable: false })
  await to.map({ ...mapping, url: `https://127.0.0.1:${await freePort()}/`, name: 'nobody listens' })
}

function clientOf({ forwarderApi }: RunningSystem, { id }: Tenant, token: string, type = 'Bearer'): OriginalClient {
  return new OriginalClient({
    gateway: forwarderApi.url,
    account: id,
    token: { access_token: token, token_type: type },
  })
}

async function faultOf(call: Promise<unknown>): Promise<OriginalClientError> {
  const fault = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (fault instanceof OriginalClientError) return fault
  throw new Error('the call has not failed, or not as the client tells it', { cause: fault })
}

const url = (path: string) => target.url + path

describe('the original client, where COMPATIBILITY=liveperson', () => {
  it('sends JSON with the certificate, and the authorization that is for the target', async () => {
    const headers = { Authorization: 'Basic for-the-target', 'X-Own': 'kept' }
    const answer = await client.postJson(url('/json'), headers, { amount: 1 })
    expect(answer).toMatchObject({
      statusCode: 200,
      body: {
        method: 'POST',
        url: '/json',
        body: '{"amount":1}',
        headers: { 'content-type': 'application/json', authorization: 'Basic for-the-target', 'x-own': 'kept' },
        clientCertificate: { commonName: 'of a function' },
      },
    })
    expect(JSON.stringify(answer.body)).not.toMatch(/lp-|Bearer/i)
  })

  it('sends a form', async () => {
    const form = new URLSearchParams([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b'],
      ['scope', 'ü&='],
    ])
    const { statusCode, body } = await client.post(url('/form'), {}, form)
    expect(statusCode).toBe(200)
    expect(JSON.parse(String(body))).toMatchObject({
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      clientCertificate: { commonName: 'of a function' },
    })
  })

  it('sends form data with a file', async () => {
    const form = new FormData()
    form.set('name', 'value')
    form.set('file', new Blob(['content of the file'], { type: 'text/plain' }), 'a.txt')
    const { statusCode, body } = await client.post(url('/multipart'), {}, form)
    expect(statusCode).toBe(200)
    const echoed = JSON.parse(String(body))
    expect(echoed.clientCertificate).toMatchObject({ commonName: 'of a function' })
    const received = await new Response(echoed.body, {
      headers: { 'content-type': echoed.headers['content-type'] },
    }).formData()
    expect(received.get('name')).toBe('value')
    const file = received.get('file')
    expect(file instanceof File && (await file.text())).toBe('content of the file')
  })

  it('gets, also with a token type in lower case, and has the answers of the target with their status', async () => {
    const token = await system.token([tenant.id], ['forward'])
    const answer = await clientOf(system, tenant, token, 'bearer').get(url('/status/404'))
    expect(answer).toMatchObject({ statusCode: 404 })
    expect(answer.headers['lp-answered-by']).toBeUndefined()
    expect(JSON.parse(String(answer.body))).toMatchObject({ method: 'GET', url: '/status/404' })
  })

  it('hears that there is no mapping', async () => {
    target.clear()
    expect(await faultOf(client.get('https://unmapped.example/'))).toMatchObject({ fault: 'missing-conf' })
    expect(target.seen).toEqual([])
  })

  it('hears why its target was not called, or did not answer', async () => {
    const mappings = await tenant.api.json<{ name: string; url: string }[]>('GET', tenant.path('mappings'))
    const unreachable = mappings.body.find(({ name }) => name === 'nobody listens')?.url ?? ''
    const refused = await faultOf(client.get(unreachable))
    expect(refused).toMatchObject({ fault: 'remote-threw', message: expect.stringMatching(/\w+ \w+.*\.$/) })
    expect(refused.originalBody).toContain('ECONNREFUSED')
    target.clear()
    const disabled = await faultOf(client.postJson(url('/disabled'), {}, {}))
    expect(disabled).toMatchObject({ fault: 'remote-threw', message: expect.stringContaining('disabled') })
    expect(target.seen).toEqual([])
  })

  it('hears that its token is not accepted', async () => {
    target.clear()
    const readOnly = await system.token([tenant.id], ['mtls:read'])
    for (const token of ['not-a-token', readOnly]) {
      const fault = await faultOf(clientOf(system, tenant, token).get(url('/')))
      expect(fault).toMatchObject({ fault: 'invalid-request', message: expect.stringContaining('Bearer') })
    }
    expect(target.seen).toEqual([])
  })

  it('is refused without that setting, by what it understands', async () => {
    const other: SharedSystem = await sharedSystem()
    try {
      const theirs = await other.newTenant()
      const token = await other.token([theirs.id], ['forward'])
      expect(await faultOf(clientOf(other, theirs, token).get(url('/')))).toMatchObject({ fault: 'invalid-request' })
    } finally {
      await other.stop()
    }
  })
})

describe('check mapping where COMPATIBILITY=liveperson', () => {
  let reader: ApiClient

  beforeAll(async () => {
    reader = await tenant.newCaller(['mtls:read'])
  })

  it('is false for what cannot be mapped, and the rest of the list is answered', async () => {
    const urls = [url('/x'), 'http://target.example/', 'https://target.example/a/..', 'not a url']
    const entries = [
      ...urls.map((each) => ({ serviceName: 'FAAS', url: each })),
      { serviceName: 'NOBODY', url: url('/x') },
    ]
    const path = `/mtls/account/${tenant.id}/mapping?v=2.0`
    const { status, body } = await reader.json('POST', path, entries)
    expect(status).toBe(200)
    const exist = [true, false, false, false, false]
    expect(body).toEqual(entries.map((entry, n) => ({ ...entry, accountId: tenant.id, doExist: exist[n] })))
  })

  it('refuses entries of other accounts as it does everywhere', async () => {
    const entries = [{ serviceName: 'NOBODY', accountId: 'other', url: url('/x') }]
    expectProblem(await reader.json('POST', '/mtls/mapping?v=2', entries), 403, 'WRONG_ACCOUNT')
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { Bank } from '../support/bank.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp } from '../support/tenant.ts'

const accountMaxCalls = 40
/** Less than a token endpoint may take. */
const queueTimeout = '8s'

describe('calls that wait for a token', () => {
  const bank = new Bank()
  let target: TestTarget
  let system: System

  beforeAll(async () => {
    target = await startTestTarget({ handler: bank.handler })
    const env = {
      ACCOUNT_MAX_CALLS: String(accountMaxCalls),
      ACCOUNT_CALL_QUEUE: '3000',
      ACCOUNT_QUEUE_TIMEOUT: queueTimeout,
    }
    system = await System.start({ targets: [target], env })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  afterEach(() => {
    bank.instead = undefined
    bank.lifetimeSeconds = 3_600
  })

  async function newCaller() {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
    const tokenUrl = `${target.url}/token`
    const targetAuth = { type: 'oauth2', tokenUrl, clientId: 'tpp-1', method: 'tls_client_auth', scope: 'payments' }
    const mapping = { certificationId: id, serviceId: 'IDP' }
    const wanting = { ...mapping, url: `${target.url}/tpp-1/payments/*`, name: 'wanting', targetAuth }
    const { id: mappingId } = await tenant.map(wanting as Parameters<typeof tenant.map>[0])
    await tenant.map({ ...mapping, url: `${target.url}/open`, name: 'open' })
    const caller = await tenant.newCaller()
    const call = (path: string) => caller.json('GET', tenant.forwardPath, undefined, lp(target.url + path))
    return { tenant, caller, call, mappingId, pay: () => call('/tpp-1/payments/1') }
  }

  it('cause one request for it, however many there are', async () => {
    const { pay } = await newCaller()
    const before = bank.grants.length
    bank.instead = (_, give) => setTimeout(give, 200)
    const answers = await Promise.all(Array.from({ length: 1_000 }, pay))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    expect(bank.grants.length).toBe(before + 1)
  })

  it('take nothing from others of the same account and target while the endpoint hangs', async () => {
    const { call, pay } = await newCaller()
    let asked = 0
    bank.instead = () => {
      asked += 1
    }
    const waiting = Promise.all(Array.from({ length: 2 * accountMaxCalls }, pay))
    await eventually(async () => asked, Boolean)
    const others = await Promise.all(Array.from({ length: accountMaxCalls }, () => call('/open')))
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 200))
    const failed = await waiting
    expect(failed.filter(({ status }) => status === 200)).toEqual([])
    for (const each of failed.slice(0, 1)) expectProblem(each, 424, 'TOKEN_ENDPOINT_UNREACHABLE')
    expect(asked).toBe(1)
  })

  const json = { 'content-type': 'application/json' }
  it.each([
    ['HTML', 200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>', 'TOKEN_ENDPOINT_MALFORMED'],
    ['invalid_client', 400, json, '{"error":"invalid_client"}', 'TOKEN_ENDPOINT_CLIENT_REFUSED'],
    ['invalid_scope', 400, json, '{"error":"invalid_scope"}', 'TOKEN_ENDPOINT_REFUSED'],
    ['no token', 200, json, '{"token_type":"Bearer"}', 'TOKEN_ENDPOINT_NO_TOKEN'],
    ['1 MiB of JSON', 200, json, JSON.stringify({ x: 'x'.repeat(2 ** 20) }), 'TOKEN_ENDPOINT_MALFORMED'],
  ])('are told what the endpoint has answered: %s', async (_, status, headers, body, code) => {
    const { pay } = await newCaller()
    bank.instead = (response) => response.writeHead(status, headers).end(body)
    expectProblem(await pay(), 424, code)
  })

  it('go on with the token that is still good where the endpoint fails later', async () => {
    const { pay, tenant, mappingId } = await newCaller()
    bank.lifetimeSeconds = undefined
    expect((await pay()).status).toBe(200)
    bank.instead = (response) => response.destroy()
    const put = { answerTimeoutSeconds: 30 }
    await tenant.api.json('PUT', tenant.path(`mappings/${mappingId}`), put)
    expect((await pay()).status).toBe(200)
  })

  it('have another token each second where it lasts for a second', async () => {
    const { pay } = await newCaller()
    bank.lifetimeSeconds = 1
    const before = bank.grants.length
    await eventually(
      async () => {
        expect((await pay()).status).toBe(200)
        return bank.grants.length - before
      },
      (asked) => asked >= 3,
    )
  })
})

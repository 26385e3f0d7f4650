import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OAuth1Request, signOAuth1 } from '@mtls-gateway/request-signing'
import { eventually } from '../support/eventually.ts'
import { leaksOf } from '../support/leaks.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let system: System
let tenant: Tenant
let good: AppKey
let revoked: AppKey
let expired: AppKey
let foreign: AppKey
/** What was sent and must not be in the log, by what it is. */
const sent: Record<string, string> = {}

beforeAll(async () => {
  system = await System.start()
  tenant = await system.newTenant()
  const short = {
    label: 'short',
    scopes: ['mtls:read', 'forward'],
    expiresAt: new Date(Date.now() + 5_000).toISOString(),
  }
  expired = (await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), short)).body
  good = await tenant.newAppKey()
  revoked = await tenant.newAppKey()
  foreign = await (await system.newTenant()).newAppKey()
  await tenant.api.json('DELETE', tenant.path(`app-keys/${revoked.appKey}`))
  for (const oauth1 of [revoked, expired]) {
    const check = () => system.toForwarderApi({ oauth1 }).json('POST', `/mtls/account/${tenant.id}/mapping`, [])
    await eventually(check, ({ status }) => status === 401)
  }
})

afterAll(() => system?.stop())

const services = () => [
  { name: 'config-api', process: system.configApi, path: tenant.path('certificates'), to: system.toConfigApi() },
  { name: 'forwarder-api', process: system.forwarderApi, path: tenant.forwardPath, to: system.toForwarderApi() },
]
type Service = ReturnType<typeof services>[number]

let requests = 0

/** Sends a request, and waits for its line. */
async function refused(service: Service, authorization: string | undefined) {
  const requestId = `refused-${requests++}`
  const headers = { 'x-request-id': requestId, ...(authorization !== undefined && { authorization }) }
  const { status, body } = await service.to.json<object>('GET', service.path, undefined, headers)
  const text = await eventually(
    async () => service.process.output.split('\n').find((line) => line.includes(`"requestId":"${requestId}"`)),
    (line) => line !== undefined,
  )
  return { status, answer: { ...body, instance: '' }, line: JSON.parse(text ?? '{}') }
}

function signed(service: Service, { appKey, appSecret }: AppKey, more: Partial<OAuth1Request> = {}): string {
  const nonce = `nonce-${requests}-${'n'.repeat(20)}`
  const url = service.process.url + service.path
  const authorization = signOAuth1({ method: 'GET', url, appKey, appSecret, nonce, ...more })
  sent[`secret ${requests}`] = more.appSecret ?? appSecret
  sent[`nonce ${requests}`] = nonce
  sent[`signature ${requests}`] = /oauth_signature="([^"%]{8})/.exec(authorization)?.[1] ?? nonce
  return authorization
}

const strangers = (key: AppKey) => ({ unverifiedCaller: key.appKey, clientAddress: '127.0.0.1' })

describe.each([0, 1])('a refusal of service %d', (at) => {
  const service = () => {
    const found = services()[at]
    if (found === undefined) throw new Error('there are two services')
    return found
  }

  it('names the claimed key, the address and a reason of its own in the log, while all answers are the same', async () => {
    const unknown = { ...good, appKey: `${tenant.id}.nobody` }
    const cases = [
      [unknown, {}, 'key-unknown'],
      [revoked, {}, 'key-revoked'],
      [expired, {}, 'key-expired'],
      [good, { appSecret: 'a guessed secret of some length' }, 'signature-wrong'],
    ] as const
    const answers: unknown[] = []
    for (const [key, more, reason] of cases) {
      const { status, answer, line } = await refused(service(), signed(service(), key, more))
      expect(status).toBe(401)
      expect(line).toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID', reason, ...strangers(key) })
      expect(line).not.toHaveProperty('caller')
      answers.push(answer)
    }
    expect(answers).toEqual(answers.map(() => answers[0]))
  })

  it('says by how many seconds the clock of the caller is off', async () => {
    const timestamp = Math.floor(Date.now() / 1_000) - 4_000
    const { line } = await refused(service(), signed(service(), good, { timestamp }))
    expect(line).toMatchObject({ reason: 'timestamp-out-of-window', ...strangers(good) })
    expect(line.skewSeconds).toBeLessThanOrEqual(-4_000)
    expect(line.skewSeconds).toBeGreaterThan(-4_300)
  })

  it('tells a replay from a malformed header, and that from none', async () => {
    const authorization = signed(service(), good)
    await refused(service(), authorization)
    const { line } = await refused(service(), authorization)
    expect(line).toMatchObject({ reason: 'nonce-replayed', ...strangers(good) })
    const malformed = await refused(service(), `OAuth oauth_consumer_key="${good.appKey}"`)
    expect(malformed.line).toMatchObject({ reason: 'oauth-malformed', ...strangers(good) })
    const none = await refused(service(), undefined)
    expect(none.line).toMatchObject({ reason: 'credentials-missing', clientAddress: '127.0.0.1' })
    expect(none.line).not.toHaveProperty('unverifiedCaller')
  })

  it('of a genuine key of another account names it as the caller', async () => {
    const { line } = await refused(service(), signed(service(), foreign))
    expect(line).toMatchObject({ code: 'WRONG_ACCOUNT', reason: 'account-wrong', caller: foreign.appKey })
    expect(line).not.toHaveProperty('unverifiedCaller')
  })
})

describe('the lines of config-api', () => {
  it('name caller and address of what was not refused', async () => {
    const [configApi] = services()
    if (configApi === undefined) throw new Error('there are two services')
    const { status, line } = await refused(configApi, signed(configApi, good))
    expect(status).toBe(200)
    expect(line).toMatchObject({ caller: good.appKey, clientAddress: '127.0.0.1' })
    expect(line).not.toHaveProperty('reason')
  })

  it('tell tokens apart that are refused', async () => {
    const [configApi] = services()
    if (configApi === undefined) throw new Error('there are two services')
    const token = await system.token()
    const [head, claims = '', signature = ''] = token.split('.')
    sent.token = signature
    const forged = `${head}.${claims}.${signature.slice(0, -8)}AAAAAAAA`
    const wrong = await refused(configApi, `Bearer ${forged}`)
    const { iss, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    expect(wrong.line).toMatchObject({ reason: 'token-signature-wrong', unverifiedCaller: `${iss}#${sub}` })
    const opaque = await refused(configApi, 'Bearer no-token-of-anybody')
    expect(opaque.line).toMatchObject({ reason: 'token-malformed', clientAddress: '127.0.0.1' })
    expect(opaque.line).not.toHaveProperty('unverifiedCaller')
  })
})

it('no line has a secret, a nonce, a signature or a token', () => {
  expect(Object.keys(sent).length).toBeGreaterThan(30)
  expect(leaksOf(sent, { 'the services’ output': system.output })).toEqual([])
})

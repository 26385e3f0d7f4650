import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type SignedCall, send, sendSigned, signatureOf } from '../support/signed-call.ts'
import { lp } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem
let appKey: AppKey
const calls: Record<string, SignedCall> = {}

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  const tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'signed' }), `${target.url}/`)
  appKey = await tenant.newAppKey()
  calls['config-api'] = {
    client: system.toConfigApi(),
    base: system.configApi.url,
    method: 'GET',
    path: `${tenant.path('certificates')}?a=1&b=%20x`,
    appKey,
  }
  calls['forwarder-api'] = {
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    method: 'GET',
    path: `${tenant.forwardPath}?a=1&b=%20x`,
    appKey,
    headers: lp(`${target.url}/`),
  }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const now = () => Math.floor(Date.now() / 1000)

describe.each(['config-api', 'forwarder-api'])('OAuth 1.0a at %s', (service) => {
  // Filled in by beforeAll: its fields are there when a test runs.
  const call = (changed: Partial<SignedCall> = {}): SignedCall => ({ ...(calls[service] as SignedCall), ...changed })

  it.each(['SHA1', 'SHA256'] as const)('takes HMAC-%s', async (hash) => {
    expect((await sendSigned(call(), { hash })).status).toBe(200)
  })

  it('takes timestamps within 300 s either way', async () => {
    for (const timestamp of [now() - 290, now() + 290]) {
      expect((await sendSigned(call(), { timestamp })).status).toBe(200)
    }
  })

  it.each([-330, 330, -86_400])('refuses a timestamp %i s from now', async (off) => {
    const refused = await sendSigned(call(), { timestamp: now() + off })
    expectProblem(refused, 401, 'OAUTH_TIMESTAMP_OUT_OF_WINDOW')
    expect(String(refused.headers['www-authenticate'])).toMatch(/OAuth/)
  })

  it('refuses the same request twice', async () => {
    const authorization = signatureOf(call())
    expect((await send(call(), authorization)).status).toBe(200)
    for (const hash of ['SHA1', 'SHA256'] as const) {
      const nonce = /oauth_nonce="([^"]+)"/.exec(authorization)?.[1] ?? ''
      const timestamp = Number(/oauth_timestamp="(\d+)"/.exec(authorization)?.[1])
      expectProblem(await sendSigned(call(), { hash, nonce, timestamp }), 401, 'OAUTH_NONCE_REPLAYED')
    }
    expectProblem(await send(call(), authorization), 401, 'OAUTH_NONCE_REPLAYED')
  })

  it('refuses all but one of twenty that use a nonce at once', async () => {
    const authorization = signatureOf(call())
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(call(), authorization)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19)
  })

  it('does not let a forgery use up a nonce', async () => {
    const signing = { nonce: randomUUID(), timestamp: now() }
    const forged = await sendSigned(call(), { ...signing, appSecret: 'guessed' })
    expectProblem(forged, 401, 'OAUTH_CREDENTIALS_INVALID')
    expect((await sendSigned(call(), signing)).status).toBe(200)
  })

  it.each([
    { what: 'another query', url: (url: string) => url.replace('a=1', 'a=2') },
    { what: 'a query less', url: (url: string) => url.replace('&b=%20x', '') },
    { what: 'another path', url: (url: string) => url.replace('/account/', '/account/x') },
    { what: 'another host', url: (url: string) => url.replace(/\/\/[^/]+/, '//elsewhere.example') },
    { what: 'another scheme', url: (url: string) => url.replace('http:', 'https:') },
  ])('refuses a signature over $what', async ({ url }) => {
    const { base, path } = call()
    expectProblem(await sendSigned(call(), { url: url(base + path) }), 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('refuses a signature over another method', async () => {
    const authorization = signatureOf(call({ method: 'DELETE' }))
    expectProblem(await send(call(), authorization), 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('refuses a wrong secret and an unknown key alike', async () => {
    const wrong = await sendSigned(call(), { appSecret: 'wrong' })
    const unknown = await sendSigned(call(), { appKey: `${appKey.appKey}x` })
    const stranger = await sendSigned(call(), { appKey: 'nobody.here' })
    const problems = [wrong, unknown, stranger].map((answer) => expectProblem(answer, 401, 'OAUTH_CREDENTIALS_INVALID'))
    expect(new Set(problems.map(({ detail }) => detail)).size).toBe(1)
  })

  const duplicated = ['oauth_nonce', 'oauth_timestamp', 'oauth_consumer_key', 'oauth_signature', 'oauth_version']
  it.each(duplicated)('refuses a second %s with 400', async (name) => {
    const authorization = `${signatureOf(call())}, ${name}="1"`
    expectProblem(await send(call(), authorization), 400, 'OAUTH_MALFORMED')
  })

  it('refuses oauth parameters in the query beside those of the header with 400', async () => {
    const path = `${call().path}&oauth_nonce=other`
    expectProblem(await sendSigned(call({ path })), 400, 'OAUTH_MALFORMED')
  })

  it.each(['oauth_nonce', 'oauth_timestamp', 'oauth_consumer_key', 'oauth_signature', 'oauth_signature_method'])(
    'refuses a missing %s with 400',
    async (name) => {
      const authorization = signatureOf(call()).replace(new RegExp(`${name}="[^"]*",? ?`), '')
      expectProblem(await send(call(), authorization.replace(/,\s*$/, '')), 400, 'OAUTH_MALFORMED')
    },
  )

  it.each([
    { what: 'nothing in it', authorization: () => 'OAuth ' },
    { what: 'nonsense in it', authorization: () => 'OAuth nonsense' },
    { what: 'a broken escape', authorization: () => signatureOf(call()).replace(/oauth_nonce="/, '$&%ZZ') },
    { what: 'a timestamp in words', authorization: () => signatureOf(call()).replace(/(timestamp=")\d+/, '$1noon') },
    { what: 'PLAINTEXT', authorization: () => signatureOf(call()).replace('HMAC-SHA1', 'PLAINTEXT') },
    { what: 'HMAC-MD5', authorization: () => signatureOf(call()).replace('HMAC-SHA1', 'HMAC-MD5') },
    { what: 'another version', authorization: () => signatureOf(call()).replace('"1.0"', '"2.0"') },
  ])('refuses a header with $what with 400', async ({ authorization }) => {
    expectProblem(await send(call(), authorization()), 400, 'OAUTH_MALFORMED')
  })

  it('takes no credentials from the query', async () => {
    const parameters = signatureOf(call()).slice('OAuth '.length).replaceAll('"', '').replaceAll(', ', '&')
    const { client, headers = {}, path } = call()
    const refused = await client.raw({ method: 'GET', path: `${path}&${parameters}`, headers })
    expect([400, 401]).toContain(refused.status)
  })

  it('refuses two Authorization headers', async () => {
    const refused = await send(call(), [signatureOf(call()), signatureOf(call())])
    expect([400, 401]).toContain(refused.status)
  })
})

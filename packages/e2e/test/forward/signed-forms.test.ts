import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { codeIn, openRaw, type RawCall, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'

const limit = 262_144

let target: TestTarget
let system: System
let call: RawCall
let otherCall: RawCall
let token: string

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  system = await System.start({ targets: [target], forwarderApiEnv: { FORWARD_ACCEPTS: 'oauth1,bearer' } })
  call = await callOfNewTenant()
  otherCall = await callOfNewTenant()
  token = await system.token()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

async function callOfNewTenant(): Promise<RawCall> {
  const tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  return { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: `${target.url}/` }
}

const form = (bytes: number | 'chunked') => {
  const length = bytes === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes}`
  return `Content-Type: application/x-www-form-urlencoded\r\n${length}\r\n`
}
const sign = (changed: Partial<Parameters<typeof signOAuth1>[0]> = {}) =>
  signOAuth1({ method: 'POST', url: call.base + call.path, ...call.appKey, ...changed })
const answered = (text: string) => text.endsWith('}')
const goodForm = (of: RawCall) => {
  const authorization = sign({ url: of.base + of.path, ...of.appKey, formBody: 'a=1+2' })
  const lines = `${form(5)}Connection: close\r\n`
  return [rawHead(of, { method: 'POST', lines, authorization }), 'a=1+2']
}

describe('a form whose caller can not be good', () => {
  it.each([
    ['nobody', () => '', 'CREDENTIALS_MISSING'],
    ['another kind', () => 'Basic YTpi', 'CREDENTIAL_KIND_NOT_TAKEN'],
    ['a malformed header', () => 'OAuth a', 'OAUTH_MALFORMED'],
    ['an old timestamp', () => sign({ timestamp: 1_000_000_000 }), 'OAUTH_TIMESTAMP_OUT_OF_WINDOW'],
    ['an app key that nobody has', () => sign({ appKey: 'le1.x' }), 'OAUTH_CREDENTIALS_INVALID'],
    ['a token that is none', () => 'Bearer x', 'TOKEN_INVALID'],
  ])('is refused before it has come: %s', async (_, authorization, code) => {
    // The body never comes: only an answer that does not wait for it ends the test.
    const head = rawHead(call, { method: 'POST', lines: form(limit), authorization: authorization() })
    expect(codeIn((await rawExchange(call.base, head, answered)).text)).toBe(code)
  })
})

describe('a form whose app key is deleted while it is read', () => {
  it('is refused', async () => {
    const tenant = await system.newTenant()
    const appKey = await tenant.newAppKey(['forward'])
    const deleted = { ...call, path: tenant.forwardPath, appKey }
    const authorization = sign({ url: deleted.base + deleted.path, ...appKey, formBody: 'a=1+2' })
    const connection = await openRaw(call.base)
    const lines = `${form(5)}Expect: 100-continue\r\n`
    connection.socket.write(rawHead(deleted, { method: 'POST', lines, authorization }))
    await connection.includes('100 Continue')
    await tenant.api.json('DELETE', tenant.path(`app-keys/${appKey.appKey}`))
    // The forwarder takes the key for deleted once it refuses another form.
    await eventually(
      () => rawExchange(deleted.base, goodForm(deleted)),
      ({ text }) => codeIn(text) === 'OAUTH_CREDENTIALS_INVALID',
    )
    connection.socket.write('a=1+2')
    expect(codeIn((await connection.until(answered)).text)).toBe('OAUTH_CREDENTIALS_INVALID')
  })
})

describe('a form that is too large', () => {
  it('is refused before it has come where its length is declared', async () => {
    const head = rawHead(call, { method: 'POST', lines: form(limit + 1) })
    expect(codeIn((await rawExchange(call.base, head, answered)).text)).toBe('BODY_TOO_LARGE')
  })

  it('is refused when it has come so far, and the connection takes the next call', async () => {
    const size = (limit + 1).toString(16)
    const head = rawHead(call, { method: 'POST', lines: form('chunked') })
    const body = `${size}\r\n${'a'.repeat(limit + 1)}\r\n0\r\n\r\n`
    const next = rawHead(call, { lines: 'Connection: close\r\n' })
    const { text } = await rawExchange(call.base, [head, body, next])
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200'])
  })

  it('streams through where a token vouches for its caller', async () => {
    const lines = `${form(limit + 1)}Connection: close\r\n`
    const head = rawHead(call, { method: 'POST', lines, authorization: `Bearer ${token}` })
    const { text } = await rawExchange(call.base, [head, 'a'.repeat(limit + 1)])
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('forms of one account', () => {
  it('take no more memory than the account has for them', async () => {
    const begin = async () => {
      const connection = await openRaw(call.base)
      connection.socket.write(rawHead(call, { method: 'POST', lines: form(limit) }))
      connection.socket.write('a')
      return connection
    }
    const held = await Promise.all(Array.from({ length: 33 }, begin))
    try {
      const [refused] = await Promise.all([Promise.race(held.map((connection) => connection.until(answered)))])
      expect(codeIn(refused.text)).toBe('TOO_MANY_BODIES')
      expect(refused.text).toMatch(/^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n/is)
    } finally {
      for (const { socket } of held) socket.destroy()
    }
  })
})

describe('forms whose signature is wrong', () => {
  /** The whole of a call with a form, signed as another one. */
  const forged = () => {
    const lines = `${form(limit)}Connection: close\r\n`
    return [rawHead(call, { method: 'POST', lines }), Buffer.alloc(limit, '+')]
  }
  const untilRefused = async () => {
    for (let n = 0; n < 200; n++) {
      const { text } = await rawExchange(call.base, forged(), answered, '127.0.0.2')
      if (codeIn(text) !== 'OAUTH_CREDENTIALS_INVALID') return text
    }
    return 'none is refused'
  }

  it('are charged to the account whose key they name, and take nothing from others nor from its callers', async () => {
    const before = await rawExchange(call.base, goodForm(call))
    const refused = await Promise.all(Array.from({ length: 8 }, untilRefused))

    expect(before.text).toMatch(/^HTTP\/1\.1 200 /)
    for (const text of refused) {
      expect(text).toMatch(/^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n.*with app keys of this account/is)
    }
    expect((await rawExchange(call.base, goodForm(otherCall), undefined, '127.0.0.2')).text).toMatch(/^HTTP\/1\.1 200 /)
    expect((await rawExchange(call.base, goodForm(call))).text).toMatch(/^HTTP\/1\.1 200 /)
  })
})

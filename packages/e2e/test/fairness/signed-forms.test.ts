import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { codeIn, openRaw, type RawCall, type RawConnection, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'

let target: TestTarget
let system: System
let call: RawCall
let stranger: RawCall

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  system = await System.start({ targets: [target] })
  const [tenant, other] = await Promise.all([system.newTenant(), system.newTenant()])
  const base = system.forwarderApi.url
  const targetUrl = `${target.url}/`
  call = { base, path: tenant.forwardPath, appKey: await tenant.newAppKey(['forward']), targetUrl }
  stranger = { ...call, appKey: await other.newAppKey(['forward']) }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const chunked = 'Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n'
const form = (of: RawCall, appSecret = of.appKey.appSecret, lines = chunked) => {
  const authorization = signOAuth1({ method: 'POST', url: of.base + of.path, appKey: of.appKey.appKey, appSecret })
  return rawHead(of, { method: 'POST', lines, authorization })
}
const answered = (text: string) => text.endsWith('}')

describe('forms that somebody begins with the app key of another and a wrong secret', () => {
  it('use up nothing of the account whose key it is', async () => {
    const held: RawConnection[] = []
    try {
      for (let n = 0; n < 40; n++) {
        const connection = await openRaw(call.base)
        connection.socket.write(form(call, 'wrong'))
        connection.socket.write('1\r\na\r\n')
        held.push(connection)
      }
      // The address has its share; what is too much is refused.
      const refused = await Promise.race(held.map((connection) => connection.until(answered)))
      expect(codeIn(refused.text)).toBe('TOO_MANY_BODIES')
      // The account calls from elsewhere, as its services do.
      const lines = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\nConnection: close\r\n'
      const good = await rawExchange(call.base, form(call, undefined, lines), undefined, '127.0.0.2')
      expect(good.text).toMatch(/^HTTP\/1\.1 200 /)
      const whole = `${form(call, 'wrong')}0\r\n\r\n`
      const wrong = await rawExchange(call.base, whole, answered, '127.0.0.3')
      expect(codeIn(wrong.text)).toBe('OAUTH_CREDENTIALS_INVALID')
    } finally {
      for (const { socket } of held) socket.destroy()
    }
  })

  it('are refused before they have come where the key is of another account than the path', async () => {
    const { text } = await rawExchange(stranger.base, form(stranger), answered)
    expect(codeIn(text)).toBe('WRONG_ACCOUNT')
  })
})

describe('a form that drips', () => {
  it('is given up, with an answer', async () => {
    const connection = await openRaw(call.base)
    connection.socket.write(form(call))
    const drip = setInterval(() => connection.socket.write('1\r\na\r\n'), 500)
    try {
      const { text } = await connection.until(answered)
      expect(text).toMatch(/^HTTP\/1\.1 408 /)
      expect(codeIn(text)).toBe('BODY_TOO_SLOW')
    } finally {
      clearInterval(drip)
      connection.socket.destroy()
    }
  })
})

import { describe, expect, it } from '@jest/globals'
import { createLog, type Log, Secret } from '../../src/index.ts'

const canary = 'c4n4ry-Va1ue'

function logged(write: (log: Log) => void): string {
  let text = ''
  const stream = {
    write: (line: string) => {
      text += line
    },
  }
  write(createLog({ service: 'test', level: 'trace', stream }))
  expect(text).not.toBe('')
  return text
}

describe('the log', () => {
  it('is one JSON line an event with time, level and service', () => {
    const line = logged((log) => log.info({ event: 'listening', url: 'http://127.0.0.1:1' }))
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'test',
      event: 'listening',
      url: 'http://127.0.0.1:1',
    })
    expect(line.endsWith('}\n')).toBe(true)
  })

  it('is written by code whose every line has an event, which the compiler demands', () => {
    const write = (log: Log) => {
      log.warn({ event: 'named' })
      // @ts-expect-error: nobody could find or count such a line
      log.warn({ err: 'nameless' })
    }
    expect(logged(write)).toContain('"event":"named"')
  })

  it.each([
    'authorization',
    'LP-authorization-override',
    'cookie',
    'set-cookie',
    'password',
    'passphrase',
    'p12',
    'pfx',
    'privateKey',
    'private_key',
    'private-key',
    'appSecret',
    'clientSecret',
    'token',
    'access_token',
    'masterKey',
    'master_key',
    'oauth_nonce',
  ])('leaves out what stands under %s, at any depth', (name) => {
    expect(logged((log) => log.info({ event: 'deep', a: { b: [{ [name]: canary }] } }))).not.toContain(canary)
    expect(logged((log) => log.info({ event: 'flat', [name]: canary }))).not.toContain(canary)
  })

  it('has the same line for plain facts, which are written at once, as where others are among them', () => {
    const facts = {
      ...{ event: 'request', path: '/a"b\\c\u2028\u0000é', status: 200, ms: 1.5, requestId: '1', aborted: true },
      ...{ code: undefined, rate: Number.NaN, __proto__x: 'y' },
    }
    const lineOf = (more: object) => JSON.parse(logged((log) => log.info({ ...facts, ...more })))
    const { time, list, ...mixed } = lineOf({ list: [] })
    const plain = lineOf({})
    expect(Object.keys(plain)).toEqual([
      'level',
      'time',
      'service',
      ...Object.keys(facts).filter((name) => name !== 'code'),
    ])
    expect(plain).toEqual({ ...mixed, time: expect.stringMatching(/^\d{4}-.*Z$/) })
  })

  it.each([
    `failed with Bearer ${canary}`,
    `Authorization: Basic ${canary}`,
    `{"password":"${canary}"}`,
    `password=${canary}&a=1`,
    `oauth_signature="${canary}", oauth_nonce="x"`,
    `mtlsi_le123.i1.${canary}`,
    `could not parse //user:${canary}@collector.example/`,
    `https://console.example/invitation#code=mtlsinvite_le123.i1.${canary}`,
    `https://console.example/handover#code=mtlshandover_le123.i1.${canary}`,
    `"mtlsinvite_le123.i1.${canary}"`,
    `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`,
    `-----BEGIN EC PRIVATE KEY-----\n${canary}`,
  ])('leaves out the credentials in the text %j', (text) => {
    const everywhere = logged((log) => {
      log.info({ event: 'message' }, text)
      log.error({ event: 'error', err: new Error(text) })
      log.error({ event: 'cause', err: new Error('outer', { cause: new Error(text) }) }, text)
      log.warn({ event: 'nested', nested: { text } })
      log.warn({ event: 'flat', text })
    })
    expect(everywhere).not.toContain(canary)
  })

  it.each([
    `callback=https://a.example/?token=${canary}`,
    `my_oauth_token_x = '${canary}'`,
    `a=b; session-cookie: ${canary}`,
    `{"nested":{"clientSecret" : "${canary}"}}`,
  ])('leaves out a credential within a value: %s', (text) => {
    expect(logged((log) => log.info({ event: 'message' }, text))).not.toContain(canary)
  })

  it('keeps what is no credential', () => {
    expect(logged((log) => log.info({ event: 'message' }, 'token count: 3, "name": "secretary", tokens=7'))).toContain(
      'token count: 3, \\"name\\": \\"secretary\\", tokens=7',
    )
  })

  it.each(['a', 'oauth_a', 'passw', 'a=token', 'token ', '-----BEGIN PRIVATE KEY', 'bearer ', 'mtlsi_'])(
    'is written in time, whatever stands in it: %j',
    (unit) => {
      const begin = performance.now()
      logged((log) => log.info({ event: 'message' }, `${unit.repeat(262_144 / unit.length)} token=`))
      expect(performance.now() - begin).toBeLessThan(5_000)
    },
  )

  it('keeps of an error type, code, message, stack and cause, and nothing that a library attached', () => {
    const error = Object.assign(new TypeError('broken', { cause: new Error('inner') }), {
      code: 'E_BROKEN',
      config: { data: canary },
    })
    const line = logged((log) => log.error({ event: 'error', err: error }))
    expect(JSON.parse(line).err).toMatchObject({
      type: 'TypeError',
      code: 'E_BROKEN',
      message: 'broken',
      stack: expect.stringContaining('redaction.test'),
      cause: { message: 'inner' },
    })
    expect(line).not.toContain(canary)
  })

  it('says the message of an error where there is none of its own', () => {
    const err = new Error('broken by password=1234')
    expect(JSON.parse(logged((log) => log.error({ event: 'error', err })))).toHaveProperty(
      'msg',
      'broken by password=[redacted]',
    )
    expect(JSON.parse(logged((log) => log.error({ event: 'error', err }, 'own')))).toHaveProperty('msg', 'own')
  })

  it('has no bytes and no secrets of the configuration', () => {
    const line = logged((log) => log.info({ event: 'values', bytes: Buffer.from(canary), value: new Secret(canary) }))
    expect(JSON.parse(line)).toMatchObject({ bytes: '[bytes]', value: {} })
  })

  it('ends at an object that contains itself', () => {
    const loop: Record<string, unknown> & { event: string } = { event: 'loop' }
    loop.again = loop
    expect(logged((log) => log.info(loop))).toContain('[deep]')
  })
})

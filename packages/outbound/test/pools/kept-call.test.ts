import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { WholeCall } from '../../src/http1/whole-answer.ts'
import { callOverKept } from '../../src/index.ts'
import { acme, get, statsOf } from '../support/outbound-fixture.ts'
import { SlowCalls } from '../support/slow-calls.ts'

describe('a call of the gateway’s own', () => {
  let calls: SlowCalls
  beforeEach(async () => {
    calls = await SlowCalls.start()
  })
  afterEach(() => calls.close())

  const call = (more: Partial<WholeCall> = {}) =>
    callOverKept(calls.upstreams, calls.first, {
      url: `${calls.target.url}/token`,
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'asked',
      maxBodyBytes: 100,
      signal: AbortSignal.timeout(60_000),
      ...more,
    })

  it('goes over the connections of calls with the same certificate', async () => {
    await get(calls.upstreams.acquire(calls.first, calls.target.url))
    expect(await call()).toMatchObject({ status: 200, body: Buffer.from('done'), truncated: false })
    const [first, second] = calls.target.seen
    expect(second).toMatchObject({ url: '/token', method: 'POST', clientCertificate: { commonName: 'one' } })
    expect(second?.socketId).toBe(first?.socketId)
  })

  it('is read up to a limit', async () => {
    expect(await call({ maxBodyBytes: 2 })).toMatchObject({ body: Buffer.from('do'), truncated: true })
  })

  it('ends with its signal, before and while it is answered', async () => {
    await expect(call({ signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
    const ends = new AbortController()
    const slow = call({ url: `${calls.target.url}/slow`, signal: ends.signal })
    const rejected = expect(slow).rejects.toThrow('given up')
    while (calls.answers.length === 0) await new Promise(setImmediate)
    const [answer] = calls.answers
    const closed = answer && once(answer, 'close')
    ends.abort(new Error('given up'))
    await Promise.all([rejected, closed])
    while (statsOf(calls.upstreams).running > 0) await new Promise(setImmediate)
  })

  it('is refused before anything is sent where the url is none', async () => {
    await expect(call({ url: 'http://a.example/' })).rejects.toMatchObject({ code: 'TARGET_URL_NOT_HTTPS' })
    expect(calls.upstreams.identities.ofAccount(acme)).toEqual([])
  })
})

import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ApiClient } from '@mtls-gateway/test-kit'
import { problemOf } from '../support/expect-problem.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

/** Answers the first request of each connection, and breaks the connection off over the second. */
let target: RawTarget
let system: SharedSystem
let tenant: Tenant
let caller: ApiClient
const answered = new WeakSet<TLSSocket>()

beforeAll(async () => {
  system = await sharedSystem()
  target = await startRawTarget((_, socket) => {
    if (answered.has(socket)) socket.destroy()
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    answered.add(socket)
  }, system.serverCa)
  tenant = await system.newTenant()
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(async () => {
  // One connection that has answered, and is kept.
  await ask('GET')
  target.received.length = 0
})

const ask = (method: string, body?: string) => {
  const headers = lp(`${target.url}/`)
  const call = { method, path: tenant.forwardPath, headers }
  return caller.raw(body === undefined ? call : { ...call, body })
}

describe('a kept connection that turns out to be dead', () => {
  it.each(['GET', 'PUT', 'DELETE'])('costs a %s without a body nothing: it is sent once more', async (method) => {
    expect((await ask(method)).status).toBe(200)
    expect(target.received).toHaveLength(2)
  })

  it.each([
    ['POST', undefined],
    ['PATCH', undefined],
    ['PUT', 'body'],
  ])('fails a %s (body: %s), which may have been done already', async (method, body) => {
    const refused = await ask(method, body)
    expect([refused.status, problemOf(refused).code]).toEqual([424, 'TARGET_UNREACHABLE'])
    expect(target.received).toHaveLength(1)
  })

  // The last one: it leaves connections that nobody has used.
  it('costs no call anything where there are others, which are dead as well', async () => {
    await Promise.all(Array.from({ length: 6 }, () => ask('GET')))
    const statuses: number[] = []
    for (let round = 0; round < 6; round++) statuses.push((await ask('GET')).status)
    expect(statuses).toEqual(Array(6).fill(200))
  })
})

import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
let bulkheads: Bulkheads
const opened: Socket[] = []

beforeEach(async () => {
  bulkheads = new Bulkheads()
  service = await startTestService({ bulkheads }, { MAX_CONNECTIONS: '20', TRUSTED_PROXIES: '127.0.0.9' })
})
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy()
  await service.stop()
})

function state() {
  const connections = bulkheads.states().find(({ name }) => name === 'connections')
  if (!connections) throw new Error('the pool is not open')
  return connections
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5)
}

/** Opens connections that send nothing. @returns how many of them stay open */
async function openSilent(count: number, localAddress: string): Promise<number> {
  const before = state()
  const port = Number(new URL(service.url).port)
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', localAddress }))
  for (const socket of sockets) socket.on('error', () => {})
  opened.push(...sockets)
  await until(() => state().inUse + state().refused === before.inUse + before.refused + count)
  const refused = state().refused - before.refused
  await until(() => sockets.filter(({ destroyed }) => destroyed).length === refused)
  return count - refused
}

async function statusFrom(localAddress: string): Promise<number | undefined> {
  const call = request(`${service.url}/health/live`, { localAddress, agent: false })
  const [answer] = await once(call.end(), 'response')
  answer.resume()
  return answer.statusCode
}

describe('connections that send nothing', () => {
  it('of one address are at most its share, and another address is served', async () => {
    expect(await openSilent(30, '127.0.0.2')).toBe(10)
    expect(await statusFrom('127.0.0.3')).toBe(200)
  })

  it('of many addresses leave the reserve to one that has none', async () => {
    await openSilent(10, '127.0.0.2')
    expect(await openSilent(10, '127.0.0.3')).toBe(8)
    expect(await statusFrom('127.0.0.4')).toBe(200)
  })

  it('of a proxy are all but the reserve, and another address is served', async () => {
    expect(await openSilent(30, '127.0.0.9')).toBe(18)
    expect(await statusFrom('127.0.0.3')).toBe(200)
  })

  it('give their place back when they end', async () => {
    await openSilent(10, '127.0.0.2')
    opened[0]?.destroy()
    await until(() => state().inUse === 9)
    expect(await openSilent(1, '127.0.0.2')).toBe(1)
  })
})

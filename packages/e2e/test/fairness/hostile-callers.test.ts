import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let system: System
let target: RawTarget
let tenant: Tenant
const attackers = new Set<Socket>()
const comingBack = new Set<NodeJS.Timeout>()

beforeAll(async () => {
  target = await startRawTarget((_, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  system = await System.start({ targets: [target] })
  tenant = await system.newTenant()
})
afterEach(() => {
  const open = [...attackers]
  attackers.clear()
  for (const attacker of open) attacker.destroy()
  for (const timer of comingBack) clearTimeout(timer)
  comingBack.clear()
})
afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** Sends a head and then the same again and again, as fast as it is taken; comes back where it is closed. */
function attack(url: string, head: string, again: string): void {
  const { hostname, port } = new URL(url)
  // Another address of this machine.
  const socket = connect({ port: Number(port), host: hostname, localAddress: '127.0.0.9' })
  attackers.add(socket)
  const send = () => {
    if (socket.destroyed) return
    if (socket.write(again)) setImmediate(send)
    else socket.once('drain', send)
  }
  socket.on('error', () => {}).resume()
  socket.on('connect', () => {
    socket.write(head)
    send()
  })
  socket.on('close', () => {
    if (attackers.delete(socket)) comingBack.add(setTimeout(() => attack(url, head, again), 50))
  })
}

const chunks = '1\r\na\r\n'.repeat(50_000)
const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`

/** The attackers' requests: nobody else's are refused. */
async function refused(managementUrl: string): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text()
  const counts = text.matchAll(/^http_requests_total\{.*status="4\d\d"\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

const services = [
  {
    name: 'forwarder-api',
    of: () => system.forwarderApi,
    path: () => tenant.forwardPath,
    call: async () => {
      const caller = await tenant.newCaller(['forward'])
      return () => caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    },
  },
  {
    name: 'config-api',
    of: () => system.configApi,
    path: () => tenant.path('settings'),
    call: async () => () => tenant.api.raw({ method: 'GET', path: tenant.path('certificates') }),
  },
]

describe.each(services)('$name', ({ of, path, call }) => {
  it.each([
    ['chunks of one byte', () => [post(path()), chunks]],
    [
      'requests without an end',
      () => [`GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n`, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_400)],
    ],
  ])('answers others while callers without credentials send %s', async (_, bytes) => {
    const { url, managementUrl } = of()
    const ask = await call()
    const before = await refused(managementUrl)
    const [head = '', again = ''] = bytes()
    for (let count = 0; count < 4; count++) attack(url, head, again)
    await eventually(
      () => refused(managementUrl),
      (count) => count > before,
    )
    const during = await refused(managementUrl)
    for (let count = 0; count < 20; count++) expect((await ask()).status).toBe(200)
    // They came back meanwhile, each time that they were closed.
    await eventually(
      () => refused(managementUrl),
      (count) => count > during,
    )
  })
})

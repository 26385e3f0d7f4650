import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type ApiResponse, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openRaw, rawHead } from '../support/raw-exchange.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

type Behaviour = 'is down' | 'closes' | 'answers' | 'hangs'

let behaviour: Behaviour
/** Calls that hang, to be answered later. */
const held: (() => void)[] = []
let target: RawTarget
/** Where the target is called: behind it, connections end before TLS while it is down. */
let url: string
let healthy: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  target = await startRawTarget((_, socket) => {
    if (behaviour === 'closes') socket.destroy()
    else if (behaviour === 'hangs') held.push(() => socket.write(answer))
    else socket.write(answer)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  url = `https://localhost:${(front.address() as AddressInfo).port}/`
  healthy = await startTestTarget({ requireClientCertificate: false })
  // Each test has a tenant, and so circuits, of its own.
  system = await System.start({ targets: [target, healthy], forwarderApiEnv: { CIRCUIT_LONGEST_PAUSE: '2s' } })
})

afterAll(async () => {
  await system?.stop()
  front.close()
  await target?.close()
  await healthy?.close()
})

const front = createServer((socket) => {
  if (behaviour === 'is down') return void socket.destroy()
  const behind = connect(Number(new URL(target.url).port), '127.0.0.1')
  socket.pipe(behind).pipe(socket)
  for (const each of [socket, behind]) each.on('error', () => {})
})

async function newTenant(): Promise<void> {
  tenant = await system.newTenant()
  caller = await tenant.newCaller(['forward'])
}

const call = (to = url) => caller.json('GET', tenant.forwardPath, undefined, lp(to))

async function metrics(name: string): Promise<string> {
  const text = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .join('\n')
}

describe('a target that fails every call', () => {
  it('is called by one call after a pause, until it answers', async () => {
    await newTenant()
    behaviour = 'is down'
    const begun = performance.now()
    const failed: ApiResponse<unknown>[] = []
    let last = await call()
    for (; last.status === 424; last = await call()) failed.push(last)
    for (const each of failed) expectProblem(each, 424, 'TARGET_UNREACHABLE')
    // A sixth has become the probe already: the pause was over, which takes a second.
    const probes = failed.length - 5
    expect(probes).toBeGreaterThanOrEqual(0)
    expect(probes).toBeLessThanOrEqual((performance.now() - begun) / 1_000)
    const refused = expectProblem(last, 503, 'TARGET_CIRCUIT_OPEN')
    const { origin } = new URL(url)
    const transportCode = expect.stringMatching(/^(ECONNRESET|SOCKET_CLOSED)$/)
    expect(refused).toMatchObject({ target: origin, transportCode, retryAt: expect.any(String) })
    expect((await call(`${healthy.url}/`)).status).toBe(200)
    expect(await metrics('target_circuits_open')).toBe('target_circuits_open 1')

    behaviour = 'hangs'
    target.received.length = 0
    await eventually(
      async () => Date.now(),
      (now) => now > Date.parse(String(refused.retryAt)),
    )
    const statuses: number[] = []
    const calls = Array.from({ length: 10 }, async () => statuses.push((await call()).status))
    await eventually(
      async () => statuses.length,
      (count) => count === 9,
    )
    expect(new Set(statuses)).toEqual(new Set([503]))
    behaviour = 'answers'
    held[0]?.()
    await Promise.all(calls)
    expect(statuses.at(-1)).toBe(200)
    expect(target.received).toHaveLength(1)
    expect((await call()).status).toBe(200)
    expect(await metrics('target_circuits_open')).toBe('target_circuits_open 0')
    expect(await metrics('target_circuit_changes_total')).toContain('target_circuit_changes_total{to="closed"} 1')
    // A service writes its log in pieces.
    const logged = await eventually(
      async () => system.output.split('\n').filter((line) => line.includes('"target-circuit-')),
      (lines) => lines.length === 2,
    )
    expect(logged.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'target-circuit-opened', accountId: tenant.id, target: origin }),
      expect.objectContaining({ event: 'target-circuit-closed', accountId: tenant.id, target: origin }),
    ])
  })
})

describe('a target that closes connections after its certificate', () => {
  it('is called as before: that may be about the certificate of the call, or the call itself', async () => {
    await newTenant()
    behaviour = 'closes'
    for (let n = 0; n < 8; n++) expectProblem(await call(), 424, 'TARGET_UNREACHABLE')
    behaviour = 'answers'
    expect((await call()).status).toBe(200)
  })
})

describe('a target whose calls are given up by their callers', () => {
  it('is called as before', async () => {
    await newTenant()
    behaviour = 'hangs'
    held.length = 0
    const base = system.forwarderApi.url
    const appKey = await tenant.newAppKey(['forward'])
    for (let n = 0; n < 10; n++) {
      const connection = await openRaw(base)
      connection.socket.write(rawHead({ base, path: tenant.forwardPath, appKey, targetUrl: url }))
      await eventually(
        async () => held.length,
        (count) => count === n + 1,
      )
      connection.socket.destroy()
    }
    behaviour = 'answers'
    expect((await call()).status).toBe(200)
  })
})

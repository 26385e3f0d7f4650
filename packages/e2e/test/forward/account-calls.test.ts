import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openRaw, type RawConnection, rawHead } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let hanging: TestTarget
let system: System
let crowded: Tenant
let other: Tenant
let otherCaller: ApiClient

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  hanging = await startTestTarget({ requireClientCertificate: false, handler: () => {} })
  // The hanging calls last as long as the test, however slow the machine is.
  const forwarderApiEnv = { ACCOUNT_QUEUE_TIMEOUT: '500ms', TARGET_ANSWER_TIMEOUT: '10m' }
  system = await System.start({ targets: [target, hanging], forwarderApiEnv })
  ;[crowded, other] = await Promise.all([system.newTenant(), system.newTenant()])
  otherCaller = await other.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await hanging?.close()
})

async function p99Of(calls: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < calls; i++) {
    const start = performance.now()
    const headers = lp(`${target.url}/`)
    expect((await otherCaller.raw({ method: 'GET', path: other.forwardPath, headers })).status).toBe(200)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(calls * 0.99)] ?? 0
}

describe('500 calls of one account to a target that never answers', () => {
  it('are cut down to what an account may have, in time, and leave the others their turn', async () => {
    const appKey = await crowded.newAppKey(['forward'])
    const base = system.forwarderApi.url
    const call = { base, path: crowded.forwardPath, appKey, targetUrl: `${hanging.url}/` }
    await p99Of(200)
    const alone = await p99Of(500)
    const calls: RawConnection[] = []
    try {
      for (let i = 0; i < 500; i++) {
        const connection = await openRaw(base)
        connection.socket.write(rawHead(call))
        calls.push(connection)
      }
      const refused = () => calls.filter(({ text }) => text.includes('TOO_MANY_CALLS')).length
      await eventually(
        async () => refused(),
        (count) => count === 400,
      )
      // Their connections are made one after the other, so that others have their turn.
      await eventually(
        async () => hanging.seen.length,
        (count) => count === 100,
      )
      const [text = ''] = calls.map((connection) => connection.text).filter((each) => each !== '')
      expect(text).toMatch(/^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/is)

      const beside = await p99Of(500)
      expect(hanging.seen).toHaveLength(100)
      console.log(
        `p99 of another account: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside 500 hanging calls`,
      )

      // Other targets of the account itself are called, too. To this one, calls wait for a place.
      const caller = await crowded.newCaller(['forward'])
      const wanted = { method: 'GET', path: crowded.forwardPath, headers: lp(`${target.url}/`) }
      expect((await caller.raw(wanted)).status).toBe(200)
      const inVain = { ...wanted, headers: lp(`${hanging.url}/`) }
      expect(expectProblem(await caller.raw(inVain), 503, 'TOO_MANY_CALLS')).toMatchObject({ target: hanging.url })
      for (const connection of calls) connection.socket.destroy()
      await eventually(
        async () => (await caller.raw(wanted)).status,
        (status) => status === 200,
      )
    } finally {
      for (const { socket } of calls) socket.destroy()
    }
  })
})

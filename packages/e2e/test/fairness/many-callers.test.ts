import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { openRaw, type RawConnection, rawHead } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let system: System
let tenant: Tenant

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false, handler: (_, response) => void response.end('ok') })
  system = await System.start({ targets: [target], forwarderApiEnv: { THROTTLE_PER_SECOND: '10000' } })
  tenant = await system.newTenant()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const crowd = 500

describe('requests that all come from one address at the same moment', () => {
  it('are verified in turn with those of others', async () => {
    const { url } = system.forwarderApi
    const caller = await tenant.newCaller(['forward'])
    const call = () => caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    // Over connections that are there, as each new one takes a turn of the event loop.
    expect((await call()).status).toBe(200)
    const appKey = { ...(await tenant.newAppKey(['forward'])), appSecret: 'wrong' }
    const raw = { base: url, path: tenant.forwardPath, appKey, targetUrl: `${target.url}/` }
    const heads = Array.from({ length: crowd }, () => rawHead(raw))
    const connections: RawConnection[] = []
    try {
      for (const _ of heads) connections.push(await openRaw(url, '127.0.0.9'))
      const refused = () => connections.filter(({ text }) => text.startsWith('HTTP/1.1 401 ')).length
      for (const [n, { socket }] of connections.entries()) socket.write(heads[n] ?? '')
      expect((await call()).status).toBe(200)
      expect(refused()).toBeLessThan(crowd)
      await Promise.all(connections.map((each) => each.includes('SIGNATURE_INVALID')))
    } finally {
      for (const { socket } of connections) socket.destroy()
    }
  })
})

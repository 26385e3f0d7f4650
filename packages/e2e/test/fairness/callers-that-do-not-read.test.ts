import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { openRaw, type RawConnection, rawHead } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let system: System
let tenant: Tenant

beforeAll(async () => {
  target = await startTestTarget({
    requireClientCertificate: false,
    handler: (request, response) => {
      response.end(request.url === '/large' ? Buffer.alloc(32 * 1_024 * 1_024) : 'small')
    },
  })
  system = await System.start({
    targets: [target],
    forwarderApiEnv: { ACCOUNT_MAX_CALLS: '4', ACCOUNT_CALL_QUEUE: '0' },
  })
  tenant = await system.newTenant()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

describe('callers that do not read what they asked for', () => {
  it('hold no place among the calls of their account for ever', async () => {
    const appKey = await tenant.newAppKey(['forward'])
    const call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: `${target.url}/large` }
    const silent: RawConnection[] = []
    try {
      for (let n = 0; n < 4; n++) {
        const connection = await openRaw(call.base)
        connection.socket.pause().write(rawHead(call))
        silent.push(connection)
      }
      const caller = await tenant.newCaller(['forward'])
      const status = async () =>
        (await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })).status
      expect(await eventually(status, (answer) => answer === 503)).toBe(503)
      expect(await eventually(status, (answer) => answer === 200)).toBe(200)
    } finally {
      for (const { socket } of silent) socket.destroy()
    }
  })
})

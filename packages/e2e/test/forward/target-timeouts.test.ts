import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const slowMs = 3_000

let slow: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  slow = await startTestTarget({
    requireClientCertificate: false,
    handler: async ({ url }, response) => {
      if (url === '/body') response.write('begun')
      await setTimeout(slowMs)
      response.end('done')
    },
  })
  system = await System.start({
    targets: [slow],
    forwarderApiEnv: { TARGET_ANSWER_TIMEOUT: '1s', TARGET_BODY_TIMEOUT: '1s', CIRCUIT_FAILURES: '0' },
  })
  tenant = await system.newTenant()
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await slow?.close()
})

const call = (path: string) => caller.json('GET', tenant.forwardPath, undefined, lp(`${slow.url}${path}`))

describe('a target that takes longer than the operator’s setting', () => {
  it('to answer is given up', async () => {
    expect(expectProblem(await call('/answer'), 424, 'TARGET_UNREACHABLE')).toMatchObject({
      transportCode: 'TIMEOUT',
      phase: 'exchange',
    })
  })

  it('for a piece of the body is given up, and the answer breaks off', async () => {
    await expect(call('/body')).rejects.toThrow()
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { answerRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { RotatedTenant } from '../support/rotated-tenant.ts'
import { System } from '../support/system.ts'
import { lp } from '../support/tenant.ts'

/** A target gets one call of an account at a time. Another one waits for as long as the test takes. */
const forwarderApiEnv = { ACCOUNT_MAX_CALLS: '2', ACCOUNT_QUEUE_TIMEOUT: '2m', TARGET_ANSWER_TIMEOUT: '10m' }

let target: TestTarget
let system: System
/** Answers the calls that the target keeps waiting. */
let answer: () => void = () => {}

beforeAll(async () => {
  target = await startTestTarget({
    requireClientCertificate: false,
    handler: (request, response) => {
      if (request.url !== '/held') return answerRequest(request, response)
      answer = () => response.end()
    },
  })
  system = await System.start({ targets: [target], forwarderApiEnv })
})

afterAll(async () => {
  answer()
  await system?.stop()
  await target?.close()
})

async function waitingCalls(): Promise<number> {
  const text = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
  return Number(/^bulkhead_waiting\{pool="forward-calls"\} (\d+)$/m.exec(text)?.[1])
}

describe('a call that waits for others of its account', () => {
  it('presents the certificate that is mapped when it is sent', async () => {
    const issue = (commonName: string) => target.clientCa.issue({ commonName })
    const rotated = await RotatedTenant.onboard(system, await issue('before'), `${target.url}/`)
    const caller = rotated.caller()
    expect(await rotated.presented(caller)).toBe('before')
    const { forwardPath } = rotated.tenant
    const held = caller.raw({ method: 'GET', path: forwardPath, headers: lp(`${target.url}/held`) })
    await eventually(
      async () => target.seen.length,
      (count) => count === 2,
    )

    const waiting = rotated.presented(caller)
    await eventually(waitingCalls, (count) => count === 1)
    await rotated.replace(await issue('after'))
    await rotated.propagated(({ complete }) => complete)
    expect(await waitingCalls()).toBe(1)
    answer()
    expect((await held).status).toBe(200)
    expect(await waiting).toBe('after')
  })
})

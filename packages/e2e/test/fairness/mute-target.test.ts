import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type Made, made, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

/** An account has fewer places than usual, so that a mute target would take all of them within seconds. */
const places = { ACCOUNT_MAX_CALLS: '40', ACCOUNT_CALL_QUEUE: '40', TARGET_ANSWER_TIMEOUT: '20s' }
const callsPerSecond = 20
/** Few enough that there is room for all of them when a forwarder that has got no processor reads them at once. */
const mostUnanswered = 10

let isMute = false
let mute: TestTarget
let healthy: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  mute = await startTestTarget({
    requireClientCertificate: false,
    handler: (_request, response) => void (isMute || response.end('answered')),
  })
  healthy = await startTestTarget({ requireClientCertificate: false })
  system = await System.start({ targets: [mute, healthy], forwarderApiEnv: places })
  tenant = await system.newTenant()
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await mute?.close()
  await healthy?.close()
})

const callTo = (target: TestTarget): Promise<Made> =>
  made(() => caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`)))

/** Calls that are begun one after the other, and not waited for unless too many are unanswered. */
class Stream {
  readonly answered: Made[] = []
  readonly #timer: NodeJS.Timeout
  unanswered = 0

  constructor(target: TestTarget, most = Number.POSITIVE_INFINITY) {
    this.#timer = setInterval(() => {
      if (this.unanswered >= most) return
      this.unanswered += 1
      callTo(target).then(
        (call) => {
          this.answered.push(call)
          this.unanswered -= 1
        },
        () => {},
      )
    }, 1_000 / callsPerSecond)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

describe('a target that takes calls and answers none', () => {
  it('costs its account no call to another target, and is called again soon after it answers', async () => {
    expect(await callTo(mute)).toMatchObject({ status: 200 })
    isMute = true
    const toMute = new Stream(mute)
    const toHealthy = new Stream(healthy, mostUnanswered)
    try {
      // It counts as one that hangs after 5 s. The calls go on for a second and more beside its open circuit.
      await eventually(
        async () => tally(toMute.answered)['503 TARGET_CIRCUIT_OPEN'] ?? 0,
        (count) => count > 2 * callsPerSecond,
      )
      isMute = false
      await eventually(
        () => callTo(mute),
        ({ status }) => status === 200,
      )
    } finally {
      toMute.stop()
      toHealthy.stop()
    }
    await eventually(
      async () => toHealthy.unanswered,
      (count) => count === 0,
    )
    expect(tally(toHealthy.answered)).toEqual({ 200: toHealthy.answered.length })
    expect((await callTo(mute)).status).toBe(200)
  })
})

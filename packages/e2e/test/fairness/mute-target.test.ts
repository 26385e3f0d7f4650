import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type Made, made, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

/** An account has fewer places than usual, so that a mute target would take all of them within seconds. */
const places = { ACCOUNT_MAX_CALLS: '40', ACCOUNT_CALL_QUEUE: '40', TARGET_ANSWER_TIMEOUT: '20s' }
const callsPerSecond = 20
/** Longer than a target may take to answer until it counts as one that hangs, which is 5 s here. */
const muteSeconds = 8

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

/** Calls that are begun one after the other, and not waited for. */
class Stream {
  readonly answered: Made[] = []
  readonly #timer: NodeJS.Timeout

  constructor(target: TestTarget) {
    this.#timer = setInterval(() => {
      callTo(target).then(
        (call) => this.answered.push(call),
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
    const toHealthy = new Stream(healthy)
    try {
      await setTimeout(muteSeconds * 1_000)
      isMute = false
      await eventually(
        () => callTo(mute),
        ({ status }) => status === 200,
      )
    } finally {
      toMute.stop()
      toHealthy.stop()
    }
    expect(tally(toMute.answered)).toMatchObject({ '503 TARGET_CIRCUIT_OPEN': expect.any(Number) })
    expect(tally(toHealthy.answered)).toEqual({ 200: toHealthy.answered.length })
    expect((await callTo(mute)).status).toBe(200)
  })
})

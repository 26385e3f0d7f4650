import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@mtls-gateway/test-kit'
import type { Connect } from '../../src/connect/connection-attempt.ts'
import { AnswerCollector } from '../../src/http1/exchange.ts'
import type { TargetPool } from '../../src/http1/target-pool.ts'
import { type OpeningTimes, openingPhases } from '../../src/index.ts'
import { RawTarget } from './raw-target.ts'

describe('the times of a call', () => {
  let target: RawTarget
  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterAll(() => target.close())

  it('are told of the connection that is opened for it, and of none that is open already', async () => {
    const pool = target.pool()
    const first = await timesOf(pool)
    expect(first.sent).toBe(1)
    expect(first.openings).toHaveLength(1)
    const [{ startedAt, lookedUpAt, connectedAt, handshakeAt, endedAt }] = first.openings as [OpeningTimes]
    const inOrder = [startedAt, lookedUpAt, connectedAt, handshakeAt, endedAt]
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => Number(a) - Number(b)))
    expect(openingPhases(first.openings[0] as OpeningTimes)).toEqual({
      lookUpMs: expect.any(Number),
      connectMs: expect.any(Number),
      handshakeMs: expect.any(Number),
    })
    expect(await timesOf(pool)).toEqual({ openings: [], sent: 1 })
  })

  it('say how far a connection came that could not be opened', async () => {
    const closedPort = await freePort()
    const refused: Connect = (hostname, _port, done) => target.connect(hostname, closedPort, done)
    const { openings, sent } = await timesOf(target.pool({}, refused))
    expect([openings.length, sent]).toEqual([1, 0])
    const phases = openingPhases(openings[0] as OpeningTimes)
    expect(phases).toEqual({ lookUpMs: expect.any(Number), connectMs: expect.any(Number), handshakeMs: undefined })
  })
})

class TimedCall extends AnswerCollector {
  readonly openings: OpeningTimes[] = []
  sent = 0

  onOpening(times: OpeningTimes): void {
    this.openings.push(times)
  }

  onSent(): void {
    this.sent++
  }
}

/** What a call is told of its times, however it ends. */
async function timesOf(pool: TargetPool): Promise<Pick<TimedCall, 'openings' | 'sent'>> {
  const call = new TimedCall(1_000)
  pool.send({ path: '/', method: 'GET', headers: [], body: null }, call)
  await Promise.allSettled([call.answer])
  return { openings: call.openings, sent: call.sent }
}

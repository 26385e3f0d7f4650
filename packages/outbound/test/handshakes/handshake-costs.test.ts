import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { HandshakeCosts } from '../../src/handshakes/handshake-costs.ts'

/** Takes the event loop. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe('the cost of a handshake', () => {
  it('is what the event loop did until it told of progress, and afterwards, but not what it waited', async () => {
    const costs = new HandshakeCosts()
    const handshake = { costMs: 0 }
    costs.begin(handshake)
    work(20)
    await setTimeout(200)
    work(20)
    costs.progress(handshake)
    work(20)
    costs.end(handshake)
    expect(handshake.costMs).toBeGreaterThan(59)
    expect(handshake.costMs).toBeLessThan(200)
  })

  it('is not what others did before and in between', async () => {
    const costs = new HandshakeCosts()
    const handshake = { costMs: 0 }
    work(50)
    costs.begin(handshake)
    costs.pass()
    work(50)
    costs.pass()
    work(20)
    costs.end(handshake)
    expect(handshake.costMs).toBeGreaterThan(19)
    expect(handshake.costMs).toBeLessThan(60)
  })

  it('is not what nobody told of, but for the last look', async () => {
    const costs = new HandshakeCosts()
    const handshake = { costMs: 0 }
    costs.begin(handshake)
    for (let turn = 0; turn < 10; turn++) {
      await setTimeout(3)
      work(20)
    }
    await setTimeout(5)
    costs.end(handshake)
    expect(handshake.costMs).toBeLessThan(100)
  })
})

import { expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { type Board, BoardPresence } from '../../src/local/presence.ts'

/** A board in memory that counts how often it is read, with a live instance that never answers. */
class CountingBoard implements Board {
  reads = 0

  async show(): Promise<void> {}

  async read(topic: string): ReturnType<Board['read']> {
    this.reads += 1
    const live = { instance: 'silent', service: 'forwarder-api', startedAt: 'then' }
    const texts = new Map(topic === 'instances' ? [['silent', JSON.stringify(live)]] : [])
    return { texts, completeForMs: Number.POSITIVE_INFINITY }
  }
}

it('looks ten times a second whether all have answered, for as long as one has not', async () => {
  const board = new CountingBoard()
  const [answer] = await new BoardPresence(board).ofAccount(parseAccountId('tenant'))
  expect(answer).toMatchObject({ instance: 'silent', hasAnswered: false })
  // Each time at who is live and at who has answered, at the start and at the end as well.
  expect(board.reads).toBeLessThanOrEqual(2 * 12)
})

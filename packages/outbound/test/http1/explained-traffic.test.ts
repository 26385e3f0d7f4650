import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import type { AccountLoop } from '../../src/connect/event-loop-shares.ts'
import { EmptyTraffic } from '../../src/http1/empty-traffic.ts'

const kib = 1_024
/** More than any connection may bring without content. */
const muchBytes = 200 * kib

/** A connection that has just been opened, as far as it is checked. */
function connection() {
  const seen = { isEnded: false, spentMs: 0 }
  const below = { bytesRead: 5_000 }
  const socket = { bytesRead: 0, _handle: { _parent: below } }
  let pieces = 0
  const loop: Pick<AccountLoop, 'spend'> = {
    spend: (ms, usualMs) => {
      seen.spentMs += ms - (usualMs ?? ms)
      return true
    },
  }
  const traffic = new EmptyTraffic(socket as unknown as TLSSocket, loop as AccountLoop)
  return {
    seen,
    check: () => {
      if (traffic.check(pieces) !== undefined) seen.isEnded = true
    },
    /** @param padding behind the content of each */
    bring: (count: number, { content, padding = 0 }: { content: number; padding?: number }) => {
      pieces += count
      socket.bytesRead += count * content
      below.bytesRead += count * (content + padding + 22)
    },
    bringNothingIn: (bytes: number) => {
      below.bytesRead += bytes
    },
  }
}

describe('traffic without content', () => {
  it.each([
    ['many small pieces', 10_000, 1],
    ['many large ones', 10_000, 16_384],
  ])('ends a connection also where %s came before', (_, count, content) => {
    const { seen, check, bring, bringNothingIn } = connection()
    bring(count, { content })
    check()
    bringNothingIn(muchBytes)
    check()
    expect(seen.isEnded).toBe(true)
    expect(seen.spentMs).toBeGreaterThan(1)
  })

  it('ends one that brings a little of it at a time', () => {
    const { seen, check, bringNothingIn } = connection()
    for (let bytes = 0; bytes < muchBytes; bytes += 20 * kib) {
      bringNothingIn(20 * kib)
      check()
    }
    expect(seen.isEnded).toBe(true)
  })

  it.each([
    ['small', 1, 0],
    ['large', 16_384, 0],
    ['padded as usual', 40, 472],
    ['padded to the full where they are few', 2_000, 14_384, 5],
  ])('does not end a connection for pieces that are %s', (_, content, padding, count = 1_000) => {
    const { seen, check, bring } = connection()
    for (let n = 0; n < 20; n++) {
      bring(count, { content, padding })
      check()
      // What is between them; a record that is still to come.
      bring(1, { content: 16_000 })
    }
    expect(seen).toEqual({ isEnded: false, spentMs: 0 })
  })

  it('does not end a connection that brings a key update and tickets behind each answer', () => {
    const { seen, check, bring, bringNothingIn } = connection()
    for (let n = 0; n < 1_000; n++) {
      bring(1, { content: 100 })
      bringNothingIn(10 * kib)
      check()
    }
    expect(seen.isEnded).toBe(false)
  })
})

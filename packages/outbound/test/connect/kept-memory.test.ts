import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { KeptMemory } from '../../src/connect/kept-memory.ts'

const mebibyte = 1024 ** 2
const [acme, globex, initech, umbrella] = ['acme', 'globex', 'initech', 'umbrella'].map(parseAccountId) as [
  AccountId,
  AccountId,
  AccountId,
  AccountId,
]

/** A connection whose target has sent so much in its handshake that this is kept of it. */
class Connection {
  readonly socket = new TLSSocket(new Socket())
  readonly accountId: AccountId
  readonly #memory: KeptMemory
  readonly #onClose: () => void
  isIdle = false
  isDestroyed = false

  constructor(memory: KeptMemory, accountId: AccountId, keptBytes: number) {
    this.#memory = memory
    this.accountId = accountId
    this.#onClose = memory.add(accountId, this.socket, 8_192 + Math.floor(keptBytes / 7))
  }

  /** Its call is over. */
  free(): this {
    this.isIdle = true
    if (this.#memory.isTooMuch(this.accountId, this)) this.destroy()
    return this
  }

  destroy(): void {
    this.isDestroyed = true
    this.#onClose()
  }
}

const limits = { ofAccount: 128 * mebibyte, ofAll: 256 * mebibyte }
const open = (memory: KeptMemory, accountId: AccountId, connections: number, bytesOfEach: number) =>
  Array.from({ length: connections }, () => new Connection(memory, accountId, bytesOfEach))
const closed = (connections: readonly Connection[]) => connections.filter(({ isDestroyed }) => isDestroyed).length
const free = (connections: readonly Connection[]) => {
  for (const each of connections) each.free()
}

describe('what connections keep of memory', () => {
  it('closes those of one account beyond what that may keep, and no more', () => {
    const memory = new KeptMemory(limits)
    const all = open(memory, acme, 20, 10 * mebibyte)
    const others = open(memory, globex, 1, 10 * mebibyte)
    free([...all, ...others])
    expect(closed(all)).toBe(8)
    expect(closed(others)).toBe(0)
  })

  it('leaves an account alone that keeps little, where others keep too much together', () => {
    const memory = new KeptMemory(limits)
    const greedy = [acme, globex, initech].flatMap((accountId) => open(memory, accountId, 14, 7 * mebibyte))
    const victim = open(memory, umbrella, 1, 7 * mebibyte)
    free(victim)
    expect(closed(victim)).toBe(0)
    free(greedy)
    // 301 MiB are 256 again.
    expect(closed(greedy)).toBe(7)
    free(victim)
    expect(closed(victim)).toBe(0)
  })

  it('closes idle ones of accounts that keep much for one that keeps little', () => {
    const memory = new KeptMemory(limits)
    const greedy = [acme, globex].flatMap((accountId) => open(memory, accountId, 16, 8 * mebibyte))
    free(greedy)
    expect(closed(greedy)).toBe(0)
    const newcomer = open(memory, umbrella, 3, 8 * mebibyte)
    expect(closed(greedy)).toBe(3)
    free(newcomer)
    expect(closed(newcomer)).toBe(0)
  })

  it('closes none that is in use', () => {
    const memory = new KeptMemory(limits)
    const busy = [acme, globex, initech].map((accountId) => open(memory, accountId, 12, 8 * mebibyte))
    for (const each of busy) free(each.slice(0, 4))
    expect(busy.map(closed)).toEqual([2, 2, 0])
    open(memory, umbrella, 5, 8 * mebibyte)
    // Eight of each are in use: none gives up more than that leaves, or than it keeps beyond its equal share. That is
    // 72 MiB, as the newcomer needs 40.
    expect(busy.map(closed)).toEqual([3, 3, 3])
  })

  it('counts what those with little leave over as room for the others', () => {
    const memory = new KeptMemory(limits)
    const middle = open(memory, umbrella, 2, 8 * mebibyte)
    const small = Array.from({ length: 100 }, (_, i) => open(memory, parseAccountId(`small-${i}`), 1, 1024)).flat()
    free([...middle, ...small])
    const greedy = [acme, globex].flatMap((accountId) => open(memory, accountId, 15, 8 * mebibyte))
    expect(closed(middle)).toBe(0)
    free(middle)
    expect(closed(middle)).toBe(0)
    free(greedy)
    expect(closed(greedy)).toBe(1)
    open(memory, initech, 2, 8 * mebibyte)
    expect(closed([...middle, ...small])).toBe(0)
    expect(closed(greedy)).toBe(3)
  })

  it('is forgotten with the connection, and once', () => {
    const memory = new KeptMemory(limits)
    for (let round = 0; round < 3; round++) {
      const all = open(memory, acme, 16, 8 * mebibyte)
      free(all)
      expect(closed(all)).toBe(0)
      for (const each of [...all, ...all]) each.destroy()
    }
  })
})

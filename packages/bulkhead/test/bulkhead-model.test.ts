import { describe, expect, it } from '@jest/globals'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import fc from 'fast-check'
import type { Permit } from '../src/index.ts'
import { bulkhead, Limited } from './support.ts'

const limits = { total: 6, share: 4, reserve: 2 }
const waiting = { total: 8, share: 4, reserve: 1, limitMs: 60_000 }
const owners = ['a', 'b', 'c', 'd', 'e'] as const
type Owner = (typeof owners)[number]
/** Parts of each owner, which have two units at most. */
const partNames = ['x', 'y'] as const

interface Held {
  readonly owner: Owner
  readonly units: number
  readonly permit: Permit
}

/** What a bulkhead has given out, told by its permits alone. */
class Observer {
  readonly pool = bulkhead({ ...limits, waiting })
  readonly held: Held[] = []
  readonly waiting: { owner: Owner; units: number; part: Limited | undefined }[] = []
  readonly #parts = new Map<string, Limited>(
    owners.flatMap((owner) => partNames.map((name) => [`${owner} ${name}`, new Limited(2)])),
  )

  async acquire({ owner, units, part: name }: { owner: Owner; units: number; part?: string }): Promise<void> {
    const part = this.#parts.get(`${owner} ${name}`)
    const place = { owner, units, part }
    this.waiting.push(place)
    let permit: MaybePromise<Permit>
    try {
      permit = this.pool.acquire(owner, units, undefined, part)
    } catch {
      this.waiting.splice(this.waiting.indexOf(place), 1)
      return
    }
    void Promise.resolve(permit).then(
      (granted) => {
        this.waiting.splice(this.waiting.indexOf(place), 1)
        this.held.push({ ...place, permit: granted })
      },
      () => {},
    )
    await settled()
  }

  async release(index: number): Promise<void> {
    const [given] = this.held.splice(index % Math.max(this.held.length, 1), 1)
    given?.permit.release()
    await settled()
  }

  heldBy(owner: Owner): number {
    return this.held.filter((each) => each.owner === owner).reduce((sum, { units }) => sum + units, 0)
  }

  get heldByAll(): number {
    return this.held.reduce((sum, { units }) => sum + units, 0)
  }

  check(): void {
    expect(this.pool.state()).toMatchObject({ inUse: this.heldByAll, waiting: this.waiting.length })
    expect(this.heldByAll).toBeLessThanOrEqual(limits.total)
    for (const owner of owners) expect(this.heldBy(owner)).toBeLessThanOrEqual(limits.share)
    for (const part of this.#parts.values()) {
      expect(part.held).toBeLessThanOrEqual(part.most)
      expect(part.waiting).toBe(this.waiting.filter((each) => each.part === part).length)
    }
    // Nobody waits for what is there: while anything is left, nobody who has nothing and asks for one unit waits.
    const newcomers = this.waiting.filter(({ owner, units }) => units === 1 && this.heldBy(owner) === 0)
    const ahead = this.waiting.some(({ units }) => units > 1)
    if (newcomers.length > 0 && !ahead) expect(this.heldByAll).toBe(limits.total)
    const others = this.waiting.filter(({ owner, units }) => units === 1 && this.heldBy(owner) > 0)
    const withRoom = others.filter(({ owner, part }) => this.heldBy(owner) < limits.share && !part?.isFull())
    if (withRoom.length > 0 && !ahead) expect(this.heldByAll).toBeGreaterThanOrEqual(limits.total - limits.reserve)
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

const step = fc.oneof(
  fc.record({
    kind: fc.constant('acquire' as const),
    owner: fc.constantFrom(...owners),
    units: fc.constantFrom(1, 1, 1, 2),
  }),
  fc.record({
    kind: fc.constant('acquire' as const),
    owner: fc.constantFrom(...owners),
    units: fc.constant(1),
    part: fc.constantFrom(...partNames),
  }),
  fc.record({ kind: fc.constant('release' as const), index: fc.nat(20) }),
)

describe('whatever is asked for and given back', () => {
  it('nobody gets more than its share, and nobody waits for what is there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const observer = new Observer()
        for (const each of steps) {
          if (each.kind === 'acquire') await observer.acquire(each)
          else await observer.release(each.index)
          observer.check()
        }
        // Once everybody gives back, everybody is served.
        while (observer.held.length > 0) await observer.release(0)
        expect(observer.pool.state()).toMatchObject({ inUse: 0, waiting: 0 })
      }),
      { numRuns: 200 },
    )
  })
})

import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { KeptAnswers } from '../../src/addresses/kept-answers.ts'

const answer = (expiresAt: number, goodUntil = 0) => ({
  addresses: [],
  error: undefined,
  expiresAt,
  foundAt: 0,
  goodUntil,
  isStale: false,
})
const forever = answer(Number.POSITIVE_INFINITY)

describe('answers of name servers that are kept', () => {
  it('has one account drop its own, never those of another', () => {
    const kept = new KeptAnswers({ total: 10, share: 4 })
    kept.keep('globex', 'theirs', forever)
    for (let n = 0; n < 100; n++) kept.keep('acme', `h${n}`, forever)
    expect(kept.size).toBe(5)
    expect(kept.get('globex', 'theirs')).toBe(forever)
    expect(kept.get('acme', 'h99')).toBe(forever)
    expect(kept.get('acme', 'h95')).toBeUndefined()
    expect(kept.get('acme', 'theirs')).toBeUndefined()
  })

  it('keeps nothing of an account for which there is no room, and drops nobody else for it', () => {
    const kept = new KeptAnswers({ total: 2, share: 2 })
    kept.keep('acme', 'a', forever)
    kept.keep('globex', 'b', forever)
    kept.keep('initech', 'c', forever)
    kept.keep('globex', 'd', forever)
    expect(kept.size).toBe(2)
    expect(kept.get('acme', 'a')).toBe(forever)
    expect(kept.get('initech', 'c')).toBeUndefined()
    expect(kept.get('globex', 'd')).toBe(forever)
  })

  it('drops those that have expired', async () => {
    const kept = new KeptAnswers({ total: 10, share: 4 }, 1)
    kept.keep('acme', 'old', answer(performance.now()))
    kept.keep('acme', 'new', forever)
    expect(kept.get('acme', 'old')).toBeUndefined()
    while (kept.size > 1) await setTimeout(1)
    expect(kept.get('acme', 'new')).toBe(forever)
    kept.keep('acme', 'new', answer(performance.now()))
    while (kept.size > 0) await setTimeout(1)
  })

  it('keeps expired ones that may be used again, until others need their room', () => {
    const kept = new KeptAnswers({ total: 2, share: 2 })
    const good = answer(0, Number.POSITIVE_INFINITY)
    kept.keep('acme', 'a', good)
    kept.keep('acme', 'b', answer(0))
    expect(kept.get('acme', 'a')).toBeUndefined()
    expect(kept.lastGood('acme', 'a')).toBe(good)
    expect(kept.lastGood('acme', 'b')).toBeUndefined()
    kept.keep('globex', 'c', forever)
    expect(kept.lastGood('acme', 'a')).toBeUndefined()
    expect(kept.get('globex', 'c')).toBe(forever)
  })
})

import { describe, expect, it } from '@jest/globals'
import { andThen, isPromise, type MaybePromise } from '../src/index.ts'

const double = (value: number): MaybePromise<number> => value * 2
const refuse = (): number => {
  throw new Error('refused')
}

describe('going on with what may have to be waited for', () => {
  it('happens in this turn where it is here', () => {
    expect(andThen(2, double)).toBe(4)
    expect(() => andThen(2, refuse)).toThrow('refused')
  })

  it('waits for a promise, before and behind', async () => {
    await expect(andThen(Promise.resolve(2), double)).resolves.toBe(4)
    await expect(andThen(2, async (value) => value * 3)).resolves.toBe(6)
    await expect(andThen(Promise.resolve(2), refuse)).rejects.toThrow('refused')
  })

  it('takes nothing else for a promise', () => {
    expect([undefined, null, 0, 'then', { later: 1 }].map((value) => isPromise(value))).toEqual(Array(5).fill(false))
  })
})

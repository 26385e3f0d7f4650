import { describe, expect, it } from '@jest/globals'
import { KnownNames } from '../../../src/forward/headers/known-names.ts'

/** The facts of these names are their lower-case form. Counts how often they are computed. */
function counted() {
  let count = 0
  const names = new KnownNames((key) => {
    count++
    return { key }
  })
  return { names, count: () => count }
}

describe('the facts of a name', () => {
  it('are found out once for each way in which it is written', () => {
    const { names, count } = counted()

    for (const name of ['Accept', 'accept', 'Accept', 'accept']) expect(names.get(name)).toEqual({ key: 'accept' })
    expect(count()).toBe(2)
  })

  it('are right for more names than are held', () => {
    const { names, count } = counted()
    const invented = Array.from({ length: 5_000 }, (_, n) => `X-${n}`)

    for (const name of invented) expect(names.get(name).key).toBe(name.toLowerCase())
    expect(count()).toBe(5_000)
  })

  it('are held again soon after somebody has invented more names than are held', () => {
    const { names, count } = counted()
    for (let n = 0; n < 5_000; n++) names.get(`X-${n}`)

    for (let call = 0; call < 10; call++) for (const name of ['Accept', 'Host', 'Via']) names.get(name)
    expect(count()).toBe(5_003)
  })

  it('are not held of names longer than any that is in use', () => {
    const { names, count } = counted()

    for (const name of ['x'.repeat(65), 'x'.repeat(65)]) expect(names.get(name).key).toHaveLength(65)
    expect(count()).toBe(2)
  })
})

import { beforeAll, describe, expect, it } from '@jest/globals'

it('fails', () => {
  expect(1).toBe(2)
})

it('hangs', () => new Promise(() => {}))

it.skip('is skipped', () => {}) // the runner has to count it

describe('after a set-up that fails', () => {
  beforeAll(() => {
    throw new Error('the set-up has failed')
  })

  it('is not run', () => {})
})

import { expect, it } from '@jest/globals'
import { counted } from './support/counter.ts'

it('finds support that no other file has used', () => {
  expect(counted).toEqual({ loads: 1, tests: 0 })
})

it('is followed by the hooks of its support', () => {
  expect(counted).toEqual({ loads: 1, tests: 1 })
})

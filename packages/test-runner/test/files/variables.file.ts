import { expect, it } from '@jest/globals'

it('sees the variables of its project', () => {
  expect(process.env.OF_THE_PROJECT).toBe('seen')
})

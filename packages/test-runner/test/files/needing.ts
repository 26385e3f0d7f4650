import { beforeAll, describe, expect, it } from '@jest/globals'

beforeAll(() => {
  throw new Error('a set-up that has nothing to set up')
})

it('fails without a server', () => expect(process.env.SERVER).toBeDefined())

describe('a server', () => {
  beforeAll(() => {
    throw new Error('a set-up of a block')
  })

  it('is there', () => expect(process.env.SERVER).toBeDefined())
  it.skip('is under load [needs wrk]', () => {}) // as test-kit's `withTools` names it
})

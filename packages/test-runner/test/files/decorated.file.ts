import { expect, it } from '@jest/globals'

const decorated: unknown[] = []

function Noted() {
  return (target: unknown) => void decorated.push(target)
}

@Noted()
class Service {}

it('compiles decorators', () => {
  expect(decorated).toEqual([Service])
})

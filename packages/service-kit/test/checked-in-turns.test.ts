import { describe, expect, it } from '@jest/globals'
import { mappingOperations } from '@mtls-gateway/contract'
import { bodySchema } from '../src/operations/parameters.ts'

const { validate } = bodySchema(mappingOperations.createMappings)['~standard']
const listOf = (length: number) =>
  Array.from({ length }, (_, n) => ({
    name: `m${n}`,
    url: 'https://a.example/',
    serviceId: 'IDP',
    certificationId: '1',
  }))

describe('long lists that arrive at once', () => {
  it('are checked in different turns of the event loop', async () => {
    let turn = 0
    let isOver = false
    const count = () => {
      turn += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const checkedIn = await Promise.all(
      Array.from({ length: 8 }, async () => {
        expect(await validate(listOf(1_000))).toHaveProperty('value.length', 1_000)
        return turn
      }),
    )
    isOver = true
    expect(new Set(checkedIn).size).toBe(8)
  })

  it('need no turn where they are short', () => {
    expect(validate(listOf(50))).toHaveProperty('value.length', 50)
  })
})

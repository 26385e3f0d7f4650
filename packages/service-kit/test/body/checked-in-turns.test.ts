import { describe, expect, it } from '@jest/globals'
import { mappingOperations } from '@mtls-gateway/contract'
import { noteOwner } from '../../src/body/checked-in-turns.ts'
import { bodySchema } from '../../src/nest/operation.ts'

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

  it('are checked in turns of their accounts, however many of one came before', async () => {
    const checked: string[] = []
    const check = async (owner: string) => {
      const list = listOf(60)
      noteOwner(list, owner)
      await validate(list)
      checked.push(owner)
    }
    const all = [...Array.from({ length: 20 }, () => check('many')), check('quiet'), check('other')]
    await Promise.all(all)
    expect(checked.length).toBe(22)
    expect(checked.slice(0, 3).sort()).toEqual(['many', 'other', 'quiet'])
  })

  it('need no turn where they are short', () => {
    expect(validate(listOf(50))).toHaveProperty('value.length', 50)
  })
})

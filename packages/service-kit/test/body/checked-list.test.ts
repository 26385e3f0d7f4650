import { describe, expect, it } from '@jest/globals'
import { mappingOperations } from '@mtls-gateway/contract'
import { z } from 'zod'
import { checkedList, noteOwner } from '../../src/body/checked-list.ts'
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

const mappings = { of: 'mappings', limit: 3 }

describe('a list', () => {
  const { validate } = checkedList(mappings, z.array(z.object({ a: z.number() })).min(1))['~standard']

  it('is read where it fits', async () => {
    expect(await validate([{ a: 1, b: 2 }])).toEqual({ value: [{ a: 1 }] })
  })

  it('is refused by its length before an entry is looked at', () => {
    let looked = 0
    const counting = checkedList(mappings, z.array(z.custom(() => ++looked > 0)))
    expect(() => counting['~standard'].validate(new Array(1_000_000).fill(0))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', details: { field: 'mappings', limit: 3 } }),
    )
    expect(looked).toBe(0)
  })

  it.each([[[]], [{}], ['text'], [[{}]]])('is refused as %j', async (value) => {
    expect(await validate(value)).toHaveProperty('issues')
  })
})

import { describe, expect, it } from '@jest/globals'
import { CodedError } from '@mtls-gateway/domain'
import type { ChangeTurns } from '../../src/index.ts'
import { addMapping } from '../commands.ts'
import { accountId, newId, sampleAccount, sampleMapping } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

/** Writes down whose turn it is, and how many records were read or written in it. */
function watchedTurns() {
  const log: string[] = []
  const turns: ChangeTurns = {
    take: async (owner) => {
      log.push(`${owner} begins`)
      return { end: (records) => log.push(`${owner} ends, ${records} records`) }
    },
  }
  return { log, turns }
}

const mappings = [1, 2, 3].map((id) => sampleMapping({ id }))

describe('the turn of a change', () => {
  it('is taken for one change of an account at a time, and ends with the records that it read and wrote', async () => {
    const { log, turns } = watchedTurns()
    const { writer, store } = writerFixture({ turns })
    const { certificates } = sampleAccount()
    await putAccount(store, sampleAccount({ mappings }))
    const add = (id: number) => {
      const changeId = newId()
      return writer.change(accountId, changeId, addMapping(changeId, id))
    }
    await Promise.all([add(4), add(5)])
    const size = mappings.length + certificates.length
    // All that was read is written.
    const turnOf = (records: number) => [`${accountId} begins`, `${accountId} ends, ${2 * records} records`]
    expect(log).toEqual([...turnOf(size), ...turnOf(size + 1)])
  })

  it('ends also with a change that is refused, which has read as much', async () => {
    const { log, turns } = watchedTurns()
    const { writer, store } = writerFixture({ turns })
    await putAccount(store, sampleAccount({ mappings }))
    const changeId = newId()
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toMatchObject({
      code: 'MAPPING_NAME_TAKEN',
    })
    expect(log).toHaveLength(2)
    expect(log[1]).toContain(`${2 * (mappings.length + sampleAccount().certificates.length)} records`)
  })

  it('is taken for a reading, too, after which its request does something else', async () => {
    const { log, turns } = watchedTurns()
    const { writer, store } = writerFixture({ turns })
    await putAccount(store, sampleAccount({ mappings }))
    const account = await writer.readInTurn(accountId)
    expect(account.mappings).toEqual(mappings)
    const size = mappings.length + account.certificates.length
    expect(await writer.lookThrough(accountId, async ({ revision }) => revision)).toBe(account.revision)
    const lost = writer.lookThrough(accountId, async () => {
      throw new CodedError('MAPPING_NOT_FOUND', 'It is not there.')
    })
    await expect(lost).rejects.toMatchObject({ code: 'MAPPING_NOT_FOUND' })
    const turnOf = (records: number) => [`${accountId} begins`, `${accountId} ends, ${records} records`]
    expect(log).toEqual([...turnOf(size), ...turnOf(2 * size), ...turnOf(2 * size)])
  })

  it('may be refused: nothing is read then, nor written', async () => {
    const refusal = new CodedError('TOO_MANY_CALLS', 'too many')
    const { writer, store } = writerFixture({ turns: { take: () => Promise.reject(refusal) } })
    const changeId = newId()
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toBe(refusal)
    expect([store.count('get'), store.count('put')]).toEqual([0, 0])
  })
})

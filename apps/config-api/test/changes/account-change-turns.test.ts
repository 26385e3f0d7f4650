import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { AccountChangeTurns } from '../../src/changes/account-change-turns.ts'
import { accountReadLimits } from '../../src/http/account-reads.ts'

const large = parseAccountId('large')
const quiet = parseAccountId('quiet')

describe('changes of an account', () => {
  let pool: Bulkhead
  let turns: AccountChangeTurns
  beforeEach(() => {
    pool = new Bulkhead('account-reads', accountReadLimits)
    turns = new AccountChangeTurns(pool)
  })
  afterEach(() => pool.close())

  it('count for the records that they have read and written, until they have cooled', async () => {
    for (let n = 0; n < 4; n++) (await turns.take(large)).end(20_000)
    const next = turns.take(large)
    expect(pool.state()).toMatchObject({ inUse: 400, waiting: 1 })
    const other = await turns.take(quiet)
    expect(pool.state()).toMatchObject({ inUse: 500, waiting: 1 })
    other.end(2)
    pool.close()
    await expect(next).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })

  it('count for nothing that anybody would notice where it has little', async () => {
    for (let n = 0; n < 4; n++) (await turns.take(large)).end(20)
    expect(pool.state()).toMatchObject({ inUse: 0, waiting: 0 })
  })
})

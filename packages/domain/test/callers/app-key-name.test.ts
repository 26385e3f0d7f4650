import { describe, expect, it } from '@jest/globals'
import { formatAppKey, parseAccountId, parseAppKey, parseRecordId } from '../../src/index.ts'

describe('an app key', () => {
  it('is read as it was written', () => {
    const key = { accountId: parseAccountId('le123'), id: parseRecordId('Ab-9_') }
    expect(parseAppKey(formatAppKey(key.accountId, key.id))).toEqual(key)
  })

  it.each(['', 'le123', '.x', 'le123.', 'a.b.c', 'a/b.c'])('%j is none of ours', (text) => {
    expect(parseAppKey(text)).toBeUndefined()
  })
})

import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  changeSettings,
  emptyAccount,
  parseRecordId,
  type SettingsUpdate,
  settingsOf,
} from '../../src/index.ts'
import { accountId, context } from '../account-fixtures.ts'

const url = 'https://hooks.example/'
const webhook = (secretId: string, rotateSecret = false) => ({
  url,
  newSecretId: parseRecordId(secretId),
  rotateSecret,
})

function after(...updates: readonly SettingsUpdate[]): Account {
  return updates.reduce(
    (account, update, index) => changeSettings(context(`change-${index}`), update)(account).account,
    emptyAccount(accountId),
  )
}

describe('the settings of an account', () => {
  it('keep what a change leaves out', () => {
    const account = after({ unmappedCalls: 'refuse' }, { webhook: webhook('s1') })
    expect(settingsOf(account)).toEqual({ unmappedCalls: 'refuse', webhook: { url, secretId: 's1' } })
  })

  it('keep the secret of the webhook unless a new one is asked for', () => {
    expect(settingsOf(after({ webhook: webhook('s1') }, { webhook: webhook('s2') })).webhook?.secretId).toBe('s1')
    expect(settingsOf(after({ webhook: webhook('s1') }, { webhook: webhook('s2', true) })).webhook?.secretId).toBe('s2')
    const again = after({ webhook: webhook('s1') }, { webhook: null }, { webhook: webhook('s2') })
    expect(settingsOf(again).webhook?.secretId).toBe('s2')
  })

  it('that are what they were make no revision', () => {
    expect(after({ unmappedCalls: 'plain' }, { webhook: null })).toEqual(emptyAccount(accountId))
    expect(after({ webhook: webhook('s1') }, { webhook: webhook('s2') }).revision).toBe(1)
  })

  it('publish keys only as long as somebody wants it', () => {
    expect(settingsOf(after({ publishKeys: true }, { unmappedCalls: 'refuse' })).publishKeys).toBe(true)
    const hidden = after({ publishKeys: true }, { publishKeys: false })
    expect(settingsOf(hidden)).toEqual({ unmappedCalls: 'plain' })
    expect(hidden.changes.map(({ fields }) => fields)).toEqual([['publishKeys'], ['publishKeys']])
    expect(after({ publishKeys: false })).toEqual(emptyAccount(accountId))
  })

  it('tell in the audit entry what changed', () => {
    const account = after({ webhook: webhook('s1') }, { unmappedCalls: 'refuse' }, { webhook: webhook('s2', true) })
    expect(account.changes.map(({ fields }) => fields)).toEqual([
      ['webhook.url', 'webhook.secret'],
      ['unmappedCalls'],
      ['webhook.secret'],
    ])
  })
})

import { expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { Repeats } from '@mtls-gateway/service-kit'
import { ReaderEventLog } from '../../src/runtime/reader-event-log.ts'

it('what lasts is one line at once and then one a minute, of each account, with how often it happened', () => {
  const lines: unknown[] = []
  let now = 0
  const log = new ReaderEventLog({ warn: (facts: unknown) => void lines.push(facts) }, new Repeats(() => now))
  const error = new Error('Vault is sealed')
  const [one, other] = [parseAccountId('le123'), parseAccountId('le124')]
  for (; now <= 60_000; now += 1_000) {
    log.log({ type: 'load-failed', accountId: one, error })
  }
  log.log({ type: 'load-failed', accountId: other, error })
  log.log({ type: 'gap' })
  const failed = { event: 'account-cache-load-failed', err: error }
  expect(lines).toEqual([
    { ...failed, accountId: one, times: 1 },
    { ...failed, accountId: one, times: 60 },
    { ...failed, accountId: other, times: 1 },
    { event: 'account-cache-gap' },
  ])
})

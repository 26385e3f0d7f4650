import { expect, it } from '@jest/globals'
import { type MappingId, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import { PendingOutcomes } from '../../src/local/call-recorder.ts'

const account = parseAccountId('tenant')
const epoch = 1_000_000
const mapping = parseMappingId(7) as MappingId

it('the first success of a mapping is urgent, as somebody may be waiting to see it; further ones are not', () => {
  const outcomes = new PendingOutcomes(10)
  outcomes.succeeded(account, mapping, 1)
  expect(outcomes.takeUrgent(epoch)).toMatchObject([{ succeededAt: epoch + 1, failuresInARow: 0 }])
  outcomes.succeeded(account, mapping, 2)
  expect(outcomes.takeUrgent(epoch)).toEqual([])
  expect(outcomes.takeAll(epoch)).toMatchObject([{ succeededAt: epoch + 2 }])
})

it('the success after failures is urgent, too', () => {
  const outcomes = new PendingOutcomes(10)
  outcomes.failed(account, mapping, 1, 'TIMEOUT')
  expect(outcomes.takeUrgent(epoch)).toMatchObject([{ failure: { at: epoch + 1, code: 'TIMEOUT' }, failuresInARow: 1 }])
  outcomes.succeeded(account, mapping, 2)
  expect(outcomes.takeUrgent(epoch)).toMatchObject([{ succeededAt: epoch + 2, failuresInARow: 0 }])
})

import { expect, it } from '@jest/globals'
import { type MappingId, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import { PendingOutcomes } from '../../src/local/call-recorder.ts'

const account = parseAccountId('tenant')
const epoch = 1_000_000
const mapping = parseMappingId(7) as MappingId

it('the first success of a mapping is told at once, as somebody may be waiting to see it; further ones are not', () => {
  const outcomes = new PendingOutcomes(10)
  outcomes.succeeded(account, mapping, 1)
  expect(outcomes.take(epoch, 10)).toMatchObject([{ succeededAt: epoch + 1, failuresInARow: 0 }])
  outcomes.succeeded(account, mapping, 11)
  expect(outcomes.take(epoch, 10_009)).toEqual([])
  expect(outcomes.take(epoch, 15_009)).toMatchObject([{ succeededAt: epoch + 11 }])
  outcomes.succeeded(account, mapping, 15_011)
  expect(outcomes.take(epoch, 15_012)).toEqual([])
  expect(outcomes.take(epoch, 15_012, true)).toMatchObject([{ succeededAt: epoch + 15_011 }])
})

it('all mappings are gone through every 5 s only; a success 10 s after the last that was told needs none of that', () => {
  const outcomes = new PendingOutcomes(10)
  const [goesOn, stops] = [mapping, parseMappingId(8) as MappingId]
  for (const each of [goesOn, stops]) outcomes.succeeded(account, each, 1)
  outcomes.take(epoch, 2)
  for (const each of [goesOn, stops]) outcomes.succeeded(account, each, 3)
  expect(outcomes.take(epoch, 9_999)).toEqual([])
  outcomes.succeeded(account, goesOn, 10_002)
  expect(outcomes.take(epoch, 10_003)).toMatchObject([{ mappingId: goesOn, succeededAt: epoch + 10_002 }])
  expect(outcomes.take(epoch, 14_999)).toMatchObject([{ mappingId: stops, succeededAt: epoch + 3 }])
})

it('failures are told at once, and so is the success after them', () => {
  const outcomes = new PendingOutcomes(10)
  outcomes.succeeded(account, mapping, 1)
  outcomes.take(epoch, 1)
  outcomes.failed(account, mapping, 2, 'TIMEOUT')
  const failure = { at: epoch + 2, code: 'TIMEOUT' }
  expect(outcomes.take(epoch, 3)).toMatchObject([{ succeededAt: undefined, failure, failuresInARow: 1 }])
  outcomes.succeeded(account, mapping, 4)
  expect(outcomes.take(epoch, 5)).toMatchObject([{ succeededAt: epoch + 4, failuresInARow: 0 }])
  expect(outcomes.take(epoch, 6)).toEqual([])
})

it('mappings of which nothing is new for 10 s make room for others', () => {
  const outcomes = new PendingOutcomes(1)
  const other = parseMappingId(8) as MappingId
  outcomes.succeeded(account, mapping, 1)
  outcomes.take(epoch, 2)
  outcomes.succeeded(account, other, 3)
  expect(outcomes.take(epoch, 10_002)).toEqual([])
  outcomes.succeeded(account, other, 10_003)
  expect(outcomes.take(epoch, 10_003)).toMatchObject([{ mappingId: other }])
})

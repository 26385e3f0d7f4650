import { describe, expect, it } from '@jest/globals'
import { CodedError, type ErrorCode } from '@mtls-gateway/domain'
import { createLog, logFailure, problemOf } from '../../src/index.ts'
import { TestLog } from '../support/test-log.ts'

function logged(...codes: readonly ErrorCode[]) {
  const stream = new TestLog()
  const log = createLog({ service: 'test', level: 'info', stream })
  for (const code of codes) {
    const error = new CodedError(code, 'A sentence.')
    logFailure(log, error, problemOf(error, 'r1'))
  }
  return stream.lines
}

describe('the log of failures', () => {
  it('has what a later release has stored once, however often it is refused', () => {
    expect(logged('STORE_NEWER', 'STORE_NEWER')).toEqual([
      expect.objectContaining({ level: 'error', event: 'store-newer', requestId: 'r1', msg: 'A sentence.' }),
    ])
  })

  it('has the cause of an outage once a minute, and none of a refusal without one', () => {
    const stream = new TestLog()
    const log = createLog({ service: 'test', level: 'info', stream })
    const cause = new Error('connect ECONNREFUSED')
    for (const error of [
      new CodedError('STORE_UNAVAILABLE', 'No.', { cause }),
      new CodedError('STORE_UNAVAILABLE', 'No.', { cause }),
      new CodedError('COORDINATION_UNAVAILABLE', 'No.', { cause }),
      new CodedError('TOO_MANY_CALLS', 'No.'),
    ]) {
      logFailure(log, error, problemOf(error, 'r1'))
    }
    const err = expect.objectContaining({ message: 'connect ECONNREFUSED' })
    const line = { level: 'warn', event: 'unavailable', times: 1, requestId: 'r1', err }
    expect(stream.lines).toEqual([
      expect.objectContaining({ ...line, code: 'STORE_UNAVAILABLE' }),
      expect.objectContaining({ ...line, code: 'COORDINATION_UNAVAILABLE' }),
    ])
  })

  it('has damage each time, and no outage', () => {
    const damage = expect.objectContaining({ level: 'error', event: 'failure', code: 'STORE_DAMAGED' })
    expect(logged('STORE_DAMAGED', 'STORE_UNAVAILABLE', 'STORE_DAMAGED')).toEqual([damage, damage])
  })
})

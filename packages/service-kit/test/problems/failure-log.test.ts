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

  it('has damage each time, and no outage', () => {
    const damage = expect.objectContaining({ level: 'error', event: 'failure', code: 'STORE_DAMAGED' })
    expect(logged('STORE_DAMAGED', 'STORE_UNAVAILABLE', 'STORE_DAMAGED')).toEqual([damage, damage])
  })
})

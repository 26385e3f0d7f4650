import { describe, expect, it } from '@jest/globals'
import { answerHeaders } from '../src/forward/target-answer.ts'

describe('the headers of an answer', () => {
  it('come back as the target wrote them, without those of its connection', () => {
    const raw = [
      'Set-Cookie',
      'a',
      'set-cookie',
      'b',
      'Connection',
      'X-Hop',
      'X-Hop',
      '1',
      'Transfer-Encoding',
      'chunked',
    ]
    expect(answerHeaders(raw, 'id')).toEqual([
      'Set-Cookie',
      'a',
      'set-cookie',
      'b',
      'Via',
      '1.1 mtls-gateway',
      'X-Request-Id',
      'id',
    ])
  })

  it('keep a request id of the target', () => {
    expect(answerHeaders(['X-Request-ID', 'theirs'], 'ours')).toEqual([
      'X-Request-ID',
      'theirs',
      'Via',
      '1.1 mtls-gateway',
    ])
  })

  it('can not say that the gateway answered', () => {
    expect(answerHeaders(['LP-answered-by', 'gateway'], 'id')).not.toContain('LP-answered-by')
  })
})

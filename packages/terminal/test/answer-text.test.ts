import { describe, expect, it } from '@jest/globals'
import { answerJson, answerText } from '../src/answer-text.ts'

describe('an answer', () => {
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    'lp-answered-by': 'gateway',
    'content-length': '17',
    'www-authenticate': ['OAuth', 'Bearer'],
  }
  const response = { status: 424, headers, body: Buffer.from('{"code":"TIMEOUT"}') }

  it('is shown with its status, the headers that matter and its body made readable', () => {
    expect(answerText(response, false).split('\n')).toEqual([
      '424 Failed Dependency',
      'content-type: application/problem+json; charset=utf-8',
      'www-authenticate: OAuth, Bearer',
      'lp-answered-by: gateway',
      '',
      '{',
      '  "code": "TIMEOUT"',
      '}',
    ])
  })

  it('is one object with --json', () => {
    expect(JSON.parse(answerJson(response))).toEqual({ status: 424, headers, body: { code: 'TIMEOUT' } })
  })

  it('whose body is empty, no text, or broken JSON is shown all the same', () => {
    const shown = (body: Buffer) =>
      answerText({ status: 204, headers: { 'content-type': 'application/json' }, body }, false)
    expect(shown(Buffer.alloc(0))).toBe('204 No Content\ncontent-type: application/json')
    expect(shown(Buffer.from('{"a'))).toMatch(/\n\n\{"a$/)
    expect(shown(Buffer.from([0xff, 0xfe, 0]))).toMatch(/\n\n\(3 bytes that are no text\)$/)
  })
})

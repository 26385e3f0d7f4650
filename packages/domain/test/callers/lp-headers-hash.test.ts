import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { lpHeadersHash } from '../../src/callers/lp-headers-hash.ts'

const headers: [string, string][] = [
  ['LP-service-name', 'IDP'],
  ['Host', 'gateway.example.com'],
  ['lp-FORWARD-url', 'https://t.example/a?b=c'],
  ['X-LP-other', '1'],
]
const hash = createHash('sha256')
  .update('lp-forward-url:https://t.example/a?b=c\nlp-service-name:IDP\n')
  .digest('base64url')
const evil = headers.map(([name, value]): [string, string] => [name, value.replace('t.example', 'evil.example')])

describe('the hash of the LP headers', () => {
  it('covers those alone, by name in lower case, in any order', () => {
    expect(lpHeadersHash(headers)).toBe(hash)
    expect(lpHeadersHash(headers.toReversed())).toBe(hash)
  })

  it('changes with a value, its case, a header more and a header less', () => {
    for (const other of [evil, headers.slice(1), [...headers, ['LP-new', '']] as [string, string][]]) {
      expect(lpHeadersHash(other)).not.toBe(hash)
    }
    expect(lpHeadersHash([['LP-a', 'x']])).not.toBe(lpHeadersHash([['LP-a', 'X']]))
  })

  it('is that of the bytes on the wire', () => {
    const asNodeReadsIt = Buffer.from('é').toString('latin1')
    expect(lpHeadersHash([['LP-a', asNodeReadsIt]])).toBe(createHash('sha256').update('lp-a:é\n').digest('base64url'))
  })
})

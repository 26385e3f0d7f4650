import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { checkLpHash } from '../src/index.ts'
import { queryParameters } from '../src/oauth1/parameters.ts'

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

const caller = 'le123.key-1'

describe('lp_hash in the query', () => {
  const mismatch = expect.objectContaining({ code: 'LP_HASH_MISMATCH' })

  it('is accepted when it fits, and not needed unless required', () => {
    checkLpHash(queryParameters(`lp_hash=${hash}`), () => headers, { caller, required: true })
    checkLpHash([], () => headers, { caller, required: false })
    expect(() => checkLpHash(queryParameters('LP_HASH=1'), () => headers, { caller, required: true })).toThrow(
      expect.objectContaining({ code: 'LP_HASH_MISSING' }),
    )
  })

  it('is not needed where there are no LP-* headers that it could sign', () => {
    const others = headers.filter(([name]) => !name.toLowerCase().startsWith('lp-'))
    expect(() => checkLpHash([], () => others, { caller, required: true })).not.toThrow()
    expect(() => checkLpHash([], () => [...others, ['lP-other', '']], { caller, required: true })).toThrow(
      expect.objectContaining({ code: 'LP_HASH_MISSING' }),
    )
  })

  it('is refused when it does not fit, required or not', () => {
    for (const required of [true, false]) {
      expect(() => checkLpHash(queryParameters(`lp_hash=${hash}`), () => evil, { caller, required })).toThrow(mismatch)
      expect(() => checkLpHash(queryParameters('lp_hash='), () => headers, { caller, required })).toThrow(mismatch)
      expect(() => checkLpHash(queryParameters('lp_hash'), () => headers, { caller, required })).toThrow(mismatch)
    }
  })

  it('is refused when only one of two fits', () => {
    for (const query of [`lp_hash=${hash}&lp_hash=x`, `lp_hash=x&lp%5Fhash=${hash}`]) {
      expect(() => checkLpHash(queryParameters(query), () => headers, { caller, required: false })).toThrow(mismatch)
    }
  })
})

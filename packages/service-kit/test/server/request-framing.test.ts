import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { checkFraming } from '../../src/server/request-framing.ts'

const request = (headers: Record<string, string>, more: Partial<IncomingMessage> = {}) =>
  ({ url: '/', httpVersion: '1.1', headers: { host: 'a', ...headers }, ...more }) as IncomingMessage

const malformed = expect.objectContaining({ code: 'MALFORMED_REQUEST' })

describe('the framing of a call', () => {
  it('is taken where it has one meaning', () => {
    for (const headers of [
      {},
      { 'transfer-encoding': 'Chunked' },
      { expect: '100-Continue' },
      { 'content-length': '00012' },
    ]) {
      expect(() => checkFraming(request(headers as Record<string, string>))).not.toThrow()
    }
  })

  it.each([
    ['gzip, chunked', { 'transfer-encoding': 'gzip, chunked' }, {}],
    ['chunked twice', { 'transfer-encoding': 'chunked, chunked' }, {}],
    ['identity', { 'transfer-encoding': 'identity' }, {}],
    ['chunks in HTTP/1.0', { 'transfer-encoding': 'chunked' }, { httpVersion: '1.0' }],
    ['another expectation', { expect: '100-continue, more' }, {}],
    ['a length beyond what can be counted', { 'content-length': '9007199254740993' }, {}],
    ['a whole url', {}, { url: 'http://gateway.example/mtls/account/a' }],
  ])('is refused where it has not: %s', (_, headers, more) => {
    expect(() => checkFraming(request(headers as Record<string, string>, more))).toThrow(malformed)
  })
})

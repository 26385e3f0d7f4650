import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { hasBody } from '../../src/index.ts'

const request = (headers: Record<string, string>) => ({ headers }) as IncomingMessage

describe('the framing of a request', () => {
  it('tells whether a body follows', () => {
    expect([{}, { 'content-length': '0' }].map((headers) => hasBody(request(headers)))).toEqual([false, false])
    expect(hasBody(request({ 'content-length': '1' }))).toBe(true)
    expect(hasBody(request({ 'transfer-encoding': 'chunked' }))).toBe(true)
  })
})

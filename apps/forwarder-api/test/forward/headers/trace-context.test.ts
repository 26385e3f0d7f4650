import { describe, expect, it } from '@jest/globals'
import { readForwardHeaders } from '../../../src/forward/headers/request-headers.ts'
import { withoutTraceContext, withTraceContext } from '../../../src/forward/headers/trace-context.ts'

const own = ['traceparent', '00-own', 'tracestate', 'own=1']
const others = ['Accept', 'traceparent', 'X-Traceparent', '1']
const via = ['Via', '1.1 mtls-gateway']

const read = (fields: readonly string[]) => readForwardHeaders(fields, '1.1')

describe('the fields of a call', () => {
  it('have those of its own trace instead of those of the caller, however these are written', () => {
    const fields = [
      'TraceParent',
      '00-a',
      'Accept',
      'traceparent',
      'TRACESTATE',
      'a=1',
      'tracestate',
      'b=2',
      'baggage',
      'k=v',
    ]
    expect(withTraceContext(read(fields), own)).toEqual(['Accept', 'traceparent', 'baggage', 'k=v', ...via, ...own])
    expect(withTraceContext(read(others), own)).toEqual([...others, ...via, ...own])
  })

  it('stay as they are where nothing is traced', () => {
    const headers = read(['traceparent', '00-a'])
    expect(withTraceContext(headers, undefined)).toBe(headers.outgoing)
  })

  it('tell of no trace where targets are not to know', () => {
    expect(withoutTraceContext(read(['Traceparent', '00-a', 'Baggage', 'k=v', ...others]))).toEqual([...others, ...via])
    expect(withoutTraceContext(read(others))).toEqual([...others, ...via])
  })
})

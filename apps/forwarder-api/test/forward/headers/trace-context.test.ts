import { describe, expect, it } from '@jest/globals'
import { withoutTraceContext, withTraceContext } from '../../../src/forward/headers/trace-context.ts'

const own = ['traceparent', '00-own', 'tracestate', 'own=1']
const others = ['Accept', 'traceparent', 'X-Traceparent', '1']

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
    expect(withTraceContext(fields, own)).toEqual(['Accept', 'traceparent', 'baggage', 'k=v', ...own])
    expect(withTraceContext([...others], own)).toEqual([...others, ...own])
  })

  it('stay as they are where nothing is traced', () => {
    const fields = ['traceparent', '00-a']
    expect(withTraceContext(fields, undefined)).toBe(fields)
  })

  it('tell of no trace where targets are not to know', () => {
    expect(withoutTraceContext(['Traceparent', '00-a', 'Baggage', 'k=v', ...others])).toEqual(others)
    expect(withoutTraceContext(others)).toEqual(others)
  })
})

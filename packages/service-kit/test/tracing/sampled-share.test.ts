import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createLog, requestContextOf } from '../../src/index.ts'
import { OpenTelemetry } from '../../src/tracing/open-telemetry.ts'

const traced = { service: 'test', instance: 'test-1', log: createLog({ service: 'test', level: 'silent' }) }
const variables = ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'] as const
const requests = 400

let tracing: OpenTelemetry | undefined
afterEach(async () => {
  await tracing?.close()
  for (const name of variables) delete process.env[name]
})

/** The SDK reads the variables of the process. */
function open(sampler: string, share: string): OpenTelemetry {
  Object.assign(process.env, { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share })
  tracing = new OpenTelemetry(traced)
  return tracing
}

/** The parts of `traceparent` that the target of a call would get; undefined: it gets none. */
function traceparentOf(opened: OpenTelemetry, headers: Readonly<Record<string, string>> = {}) {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', headers })
  const span = opened.begin(request, requestContextOf(request))
  if (span === undefined) return undefined
  const [name, traceparent = ''] = span.beginCall('GET').headers
  expect(name).toBe('traceparent')
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
  expect(traceparent).toContain(span.traceId)
  expect(span.isRecorded).toBe(traceparent.endsWith('1'))
  return traceparent.split('-')
}

describe('a share of the traces', () => {
  it.each([
    ['parentbased_traceidratio', '0.5', 'none'],
    ['parentbased_traceidratio', '.5', 'none'],
    ['parentbased_traceidratio', '0.5', 'one that is not to be read'],
    // These are left to the SDK.
    ['parentbased_traceidratio', '5e-1', 'none'],
    ['traceidratio', '0.5', 'none'],
  ])('is sampled, whichever way it is written: %s %s, traceparent of the caller: %s', (sampler, share, traceparent) => {
    const opened = open(sampler, share)
    const headers: Readonly<Record<string, string>> = traceparent === 'none' ? {} : { traceparent }
    const all = Array.from({ length: requests }, () => traceparentOf(opened, headers))
    const sampled = all.filter((each) => each !== undefined)
    expect(sampled.map(([, , , flags]) => flags)).toEqual(sampled.map(() => '01'))
    // Twelve standard deviations of chance.
    expect(Math.abs(sampled.length - requests / 2)).toBeLessThan(120)
    expect(new Set(sampled.flatMap(([, traceId, spanId]) => [traceId, spanId])).size).toBe(2 * sampled.length)
  })

  it.each(['parentbased_traceidratio', 'always_off'])('leaves no trace of the others: %s', (sampler) => {
    expect(traceparentOf(open(sampler, '0'))).toBeUndefined()
  })

  it('goes on with the trace of a caller who does not sample it', () => {
    const traceId = 'a'.repeat(32)
    const caller = { traceparent: `00-${traceId}-${'b'.repeat(16)}-00` }
    const [, goesOn, , flags] = traceparentOf(open('parentbased_traceidratio', '1'), caller) ?? []
    expect([goesOn, flags]).toEqual([traceId, '00'])
  })

  it('is not asked about the trace of a caller who samples it', () => {
    const opened = open('parentbased_traceidratio', '0')
    const traceId = 'a'.repeat(32)
    const [, goesOn, , flags] = traceparentOf(opened, { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` }) ?? []
    expect([goesOn, flags]).toEqual([traceId, '01'])
  })
})

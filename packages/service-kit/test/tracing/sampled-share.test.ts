import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { ROOT_CONTEXT, SamplingDecision } from '@opentelemetry/api'
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
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
  tracing = new OpenTelemetry(traced, process.env)
  return tracing
}

/** The fields of `traceparent` that the target of a call would get. */
function traceparentOf(opened: OpenTelemetry, headers: Readonly<Record<string, string>> = {}): readonly string[] {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', headers })
  const span = opened.begin(request, requestContextOf(request))
  const [name, traceparent = ''] = span.beginCall('GET').headers
  expect(name).toBe('traceparent')
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
  expect(traceparent).toContain(span.traceId)
  expect(span.isRecorded).toBe(traceparent.endsWith('1'))
  return traceparent.split('-')
}

describe('a share of the traces', () => {
  it.each([
    ['parentbased_traceidratio', '0.5'],
    ['traceidratio', '.5'],
    // Written in a way that is left to the SDK.
    ['traceidratio', '5e-1'],
  ])('is sampled by their ids, as everybody does who has the same share: %s %s', (sampler, share) => {
    const opened = open(sampler, share)
    const seen = Array.from({ length: requests }, () => traceparentOf(opened))
    const everybody = new TraceIdRatioBasedSampler(0.5)
    for (const [, traceId = '', , flags] of seen) {
      const { decision } = everybody.shouldSample(ROOT_CONTEXT, traceId)
      expect(flags).toBe(decision === SamplingDecision.RECORD_AND_SAMPLED ? '01' : '00')
    }
    expect(new Set(seen.map(([, , , flags]) => flags)).size).toBe(2)
    expect(new Set(seen.flatMap(([, traceId, spanId]) => [traceId, spanId])).size).toBe(2 * requests)
  })

  it('is not asked about the trace of a caller who samples it', () => {
    const opened = open('parentbased_traceidratio', '0')
    const traceId = 'a'.repeat(32)
    const [, goesOn, , flags] = traceparentOf(opened, { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` })
    expect([goesOn, flags]).toEqual([traceId, '01'])
    expect(traceparentOf(opened)[3]).toBe('00')
  })
})

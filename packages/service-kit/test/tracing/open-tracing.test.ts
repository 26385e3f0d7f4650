import { describe, expect, it } from '@jest/globals'
import { createLog } from '../../src/index.ts'
import { openTracing } from '../../src/tracing/open-tracing.ts'

const process = { service: 'test', instance: 'test-1', log: createLog({ service: 'test', level: 'silent' }) }
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }

describe('tracing', () => {
  it.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_SERVICE_NAME: 'gateway' },
    { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ])('is off: %j', async (environment) => {
    expect(await openTracing(environment, process)).toBeUndefined()
  })

  it.each([
    endpoint,
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' },
    { OTEL_TRACES_EXPORTER: 'otlp' },
  ])('is on: %j', async (environment) => {
    const tracing = await openTracing(environment, process)
    expect(tracing).toBeDefined()
    await tracing?.close()
  })
})

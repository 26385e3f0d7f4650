import { describe, expect, it } from '@jest/globals'
import { createLog, type Log } from '../../src/index.ts'
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

  it('has nothing in the log of where it sends spans but the origin', async () => {
    const lines: object[] = []
    const log = { info: (line: object) => lines.push(line) } as unknown as Log
    const secret = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://gateway:c4n4ry@127.0.0.1:4318/c4n4ry?key=c4n4ry' }
    const tracing = await openTracing(secret, { ...process, log })
    await tracing?.close()
    expect(lines).toEqual([{ event: 'tracing', endpoint: 'https://127.0.0.1:4318' }])
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

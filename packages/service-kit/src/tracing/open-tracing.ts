import type { Environment } from '../configuration/parse-configuration.ts'
import type { TracedProcess, Tracing } from './tracing.ts'

const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const

/**
 * Spans go out where the environment says so, with OpenTelemetry's own variables: where there is an endpoint, or
 * `OTEL_TRACES_EXPORTER` is `otlp`. Otherwise undefined, and nothing of OpenTelemetry is loaded.
 */
export async function openTracing(environment: Environment, process: TracedProcess): Promise<Tracing | undefined> {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER: exporter = '' } = environment
  if (OTEL_SDK_DISABLED?.toLowerCase() === 'true' || exporter === 'none') return undefined
  if (exporter !== 'otlp' && endpoints.every((name) => (environment[name] ?? '') === '')) return undefined
  const { OpenTelemetry } = await import('./open-telemetry.ts')
  const endpoint = endpoints.map((name) => environment[name]).findLast(Boolean)
  // Its path or user may be a credential.
  process.log.info({ event: 'tracing', endpoint: URL.parse(endpoint ?? '')?.origin })
  return new OpenTelemetry(process, environment)
}

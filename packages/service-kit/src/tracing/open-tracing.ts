import type { Environment } from '../configuration/parse-configuration.ts'
import type { OpenTelemetry, TracedProcess } from './open-telemetry.ts'

const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const

/**
 * Spans go out where the environment says so, with OpenTelemetry's own variables: where there is an endpoint, or
 * `OTEL_TRACES_EXPORTER` is `otlp`. Otherwise undefined, and nothing of OpenTelemetry is loaded.
 */
export async function openTracing(
  environment: Environment,
  process: TracedProcess,
): Promise<OpenTelemetry | undefined> {
  if (!isTraced(environment)) return undefined
  const { OpenTelemetry } = await import('./open-telemetry.ts')
  process.log.info({ event: 'tracing', endpoint: endpointOf(environment) })
  return new OpenTelemetry(process)
}

export interface TracingTrial {
  /** Undefined: OpenTelemetry's own default. */
  readonly endpoint: string | undefined
  /** Why it takes no spans; undefined if it does. */
  readonly failure: string | undefined
}

/** Sends where spans go, by what sends them, a message without any. Undefined if nothing is traced. */
export async function tryTracing(environment: Environment, timeoutMs = 5_000): Promise<TracingTrial | undefined> {
  if (!isTraced(environment)) return undefined
  const { tryExporter } = await import('./open-telemetry.ts')
  return { endpoint: endpointOf(environment), failure: await tryExporter(timeoutMs) }
}

function isTraced(environment: Environment): boolean {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER: exporter = '' } = environment
  if (OTEL_SDK_DISABLED?.toLowerCase() === 'true' || exporter === 'none') return false
  return exporter === 'otlp' || endpoints.some((name) => (environment[name] ?? '') !== '')
}

/** Its path or user may be a credential. */
function endpointOf(environment: Environment): string | undefined {
  const endpoint = endpoints.map((name) => environment[name]).findLast(Boolean)
  return URL.parse(endpoint ?? '')?.origin
}

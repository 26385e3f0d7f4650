import { DiagLogLevel, diag } from '@opentelemetry/api'

/** What OpenTelemetry has to say of its own work in this thread, from warnings on, goes to `tell`. */
export function tellWarnings(tell: (warning: string) => void): void {
  const silent = () => {}
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

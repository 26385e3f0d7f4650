/** A logger in the manner of pino. */
export interface RegistryLogger {
  warn(details: Readonly<Record<string, unknown>> & { readonly event: string }, message: string): void
}

/** A logger in the manner of pino. */
export interface RegistryLogger {
  warn(details: Readonly<Record<string, unknown>>, message: string): void
}

import type { ConnectionContext } from './http/connection.ts'
import type { InputContext } from './input/inputs.ts'

/** What a command has beside its arguments. */
export interface CliContext extends InputContext, ConnectionContext {
  readonly build: Build
}

/** What is running. */
export interface Build {
  readonly version: string
  /** `unknown` where nobody said. */
  readonly commit: string
}

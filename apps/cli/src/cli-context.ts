import type { Heard } from './http/service-place.ts'
import type { Inputs } from './input/inputs.ts'
import type { Output } from './output.ts'

/** What a command has beside its arguments. */
export interface CliContext {
  readonly environment: NodeJS.ProcessEnv
  readonly inputs: Inputs
  readonly output: Output
  readonly heard: Heard
}

import { type ExitCode, exitCodes } from './exit-codes.ts'

/** Ends a command. The message is a sentence for its user, says what to do, and holds no secret. */
export class CliFailure extends Error {
  override readonly name: string = 'CliFailure'
  readonly exitCode: ExitCode

  constructor(kind: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCodes[kind]
  }
}

/** Node's code for an error, such as `ENOENT`; '' if it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

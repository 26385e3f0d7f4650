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

/** Why there is no answer: fetch tells it in the cause of its error. */
export function reasonOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return errorCode(cause) || errorCode(error) || 'no connection'
}

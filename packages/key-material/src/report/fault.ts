import type { ErrorCode } from '@mtls-gateway/domain'
import type { Problem } from './report.ts'

/** Stops an examination, and becomes the error in its report. Never leaves this package. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly problem: Problem

  constructor(code: ErrorCode, message: string, fix?: string) {
    super(message)
    this.problem = fix === undefined ? { severity: 'error', code, message } : { severity: 'error', code, message, fix }
  }
}

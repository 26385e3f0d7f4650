import type { ErrorCode, WarningCode } from '@mtls-gateway/domain'
import type { Problem } from '../report/report.ts'

export function failure(code: ErrorCode, message: string, fix: string): Problem {
  return { severity: 'error', code, message, fix }
}

/** @param fix omitted if there is nothing to fix */
export function warning(code: WarningCode, message: string, fix?: string): Problem {
  return fix === undefined ? { severity: 'warning', code, message } : { severity: 'warning', code, message, fix }
}

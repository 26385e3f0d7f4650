import type { Environment } from '@mtls-gateway/service-kit'

/** `unknown`: it could not be looked at; `fix` says what that takes. */
export type FindingStatus = 'ok' | 'warn' | 'fail' | 'unknown'

export interface Finding {
  /** What was looked at. */
  readonly check: string
  readonly status: FindingStatus
  /** What was found. No secret. */
  readonly found: string
  /** What to do; for all but `ok`. */
  readonly fix?: string
}

/** What a check looks at. */
export interface DoctorFacts<Configuration> {
  readonly environment: Environment
  readonly configuration: Configuration
}

/** Changes nothing, here or elsewhere. A CodedError that it rejects with is a finding, too. */
export type Check<Configuration> = (
  facts: DoctorFacts<Configuration>,
) => Promise<readonly Finding[]> | readonly Finding[]

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found }
}

export function warn(check: string, found: string, fix: string): Finding {
  return { check, status: 'warn', found, fix }
}

export function fail(check: string, found: string, fix: string): Finding {
  return { check, status: 'fail', found, fix }
}

export function unknown(check: string, found: string, fix: string): Finding {
  return { check, status: 'unknown', found, fix }
}

/** Our own sentence or Node's code: never a url, which may hold a password. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && !('status' in error) && error.message === '' ? String(error.code) : error.message
}

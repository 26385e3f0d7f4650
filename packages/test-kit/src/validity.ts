import type { IssueOptions } from './certificate-extensions.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

export type Validity = Pick<IssueOptions, 'notBefore' | 'notAfter'>

export function leafValidity({ notBefore, notAfter }: Validity): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: notAfter ?? new Date(Date.now() + YEAR_MS),
  }
}

/** Older than any certificate that a test issues as already expired. */
export function caValidity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 10 * YEAR_MS), notAfter: new Date(Date.now() + 10 * YEAR_MS) }
}

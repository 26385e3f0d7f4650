import type { MappingId } from '../identifiers/ids.ts'
import { maxProbedUrls } from '../limits/limits.ts'
import type { CertificateOutcome } from './certificate-outcomes.ts'

/** What a probe found at a url. */
export interface ProbedUrl {
  readonly url: string
  /** One of the mappings that it was probed for: a url is probed once for each trust. Absent in older ones. */
  readonly mappingId?: MappingId
  readonly ok: boolean
  /** The target's answer over HTTP; absent: there was none. */
  readonly status?: number
  readonly clientCertificate: CertificateOutcome
  /** Why it failed. */
  readonly code?: string
}

/** How the last probe of a staged version ended. */
export interface ProbeRecord {
  /** ISO 8601 in UTC. */
  readonly at: string
  /** The account's revision that it has seen: what was changed later may not have been called. Absent in older ones. */
  readonly revision?: number
  readonly ok: boolean
  /** Absent in what was written before results were kept. */
  readonly results?: readonly ProbedUrl[]
  /** Urls that were probed and are not among the results; absent: none. */
  readonly omitted?: number
}

/** In the sum of all urls that are kept of a probe: the account is one document, which every forwarder reads. */
const maxUrlBytes = 16 * 1024

/** What the account keeps of the results: those that failed first, then doubtful ones, up to the limits. */
export function keptResults(all: readonly ProbedUrl[]): Pick<ProbeRecord, 'results' | 'omitted'> {
  const results: ProbedUrl[] = []
  let bytes = 0
  for (const result of all.toSorted((one, other) => rankOf(one) - rankOf(other))) {
    // Canonical urls are ASCII.
    bytes += result.url.length
    if (results.length === maxProbedUrls || bytes > maxUrlBytes) break
    results.push(result)
  }
  const omitted = all.length - results.length
  return { results, ...(omitted > 0 && { omitted }) }
}

function rankOf({ ok, clientCertificate }: ProbedUrl): number {
  if (!ok) return 0
  return clientCertificate === 'doubtful' ? 1 : 2
}

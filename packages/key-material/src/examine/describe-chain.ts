import type { CertificateFacts } from '@mtls-gateway/domain'
import { certify } from './certify.ts'
import { readStored, type StoredChain } from './read-stored.ts'
import { ReportDraft } from './report-draft.ts'

export interface ChainDescription {
  readonly facts: CertificateFacts
  /** Codes of the warnings as of today. */
  readonly warnings: readonly string[]
}

/**
 * What the account keeps about a stored chain. It was examined before it was stored, so it needs no child process.
 * @throws CodedError `STORE_DAMAGED`: it was stored before the current rules, and could take seconds to read
 */
export function describeChain({ leaf, chain }: StoredChain, now: Date): ChainDescription {
  const draft = new ReportDraft()
  const certificates = readStored({ leaf, chain })
  const { facts } = certify({ leaf: certificates[0] }, certificates, { draft, now })
  const weak = draft.problems.filter(({ severity }) => severity === 'warning')
  return { facts, warnings: weak.map(({ code }) => code) }
}

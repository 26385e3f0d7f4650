import type { CertificateFacts } from '@mtls-gateway/domain'
import { Certificate } from './certificate/certificate.ts'
import { certify } from './certify.ts'
import type { CertifiedChain } from './report.ts'
import { ReportDraft } from './report-draft.ts'

export interface ChainDescription {
  readonly facts: CertificateFacts
  /** Codes of what is weak about it today. */
  readonly warnings: readonly string[]
}

/** What the account is to know of a chain that was examined before it was stored: it needs no child process. */
export function describeChain({ leaf, chain }: Omit<CertifiedChain, 'facts'>, now: Date): ChainDescription {
  const draft = new ReportDraft()
  const certificates = [leaf, ...chain].map((pem) => new Certificate(pem))
  const [first] = certificates
  if (!first) throw new TypeError('a chain has a leaf')
  const { facts } = certify({ leaf: first }, certificates, { draft, now })
  const weak = draft.problems.filter(({ severity }) => severity === 'warning')
  return { facts, warnings: weak.map(({ code }) => code) }
}

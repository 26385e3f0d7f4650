import { checkClientCertificates, readPemCertificates, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { type CertificateFacts, CodedError } from '@mtls-gateway/domain'
import { Certificate } from '../certificate/certificate.ts'
import type { CertifiedChain } from '../report/report.ts'
import { certify } from './certify.ts'
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
export function describeChain({ leaf, chain }: Omit<CertifiedChain, 'facts'>, now: Date): ChainDescription {
  const draft = new ReportDraft()
  checkStored([leaf, ...chain])
  const certificates = [leaf, ...chain].map((pem) => new Certificate(pem))
  const [first] = certificates
  if (!first) throw new TypeError('a chain has a leaf')
  const { facts } = certify({ leaf: first }, certificates, { draft, now })
  const weak = draft.problems.filter(({ severity }) => severity === 'warning')
  return { facts, warnings: weak.map(({ code }) => code) }
}

function checkStored(certificates: readonly string[]): void {
  try {
    checkClientCertificates(certificates.flatMap(readPemCertificates))
  } catch (error) {
    if (!(error instanceof UnfitCertificate)) throw error
    const message = `A certificate of the stored chain ${error.message}: it is not taken any more. Upload another one.`
    throw new CodedError('STORE_DAMAGED', message)
  }
}

import { checkClientCertificates, readPemCertificates, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { CodedError } from '@mtls-gateway/domain'
import { Certificate } from '../certificate/certificate.ts'
import type { CertifiedChain } from '../report/report.ts'

/** Certificates as they are stored, as PEM. */
export type StoredChain = Pick<CertifiedChain, 'leaf' | 'chain'>

/**
 * They were examined before they were stored, so this needs no child process.
 * @returns the leaf first
 * @throws CodedError `STORE_DAMAGED`: they were stored before the current rules, and could take seconds to read
 */
export function readStored({ leaf, chain }: StoredChain): readonly [leaf: Certificate, ...issuers: Certificate[]] {
  try {
    checkClientCertificates([leaf, ...chain].flatMap(readPemCertificates))
  } catch (error) {
    if (!(error instanceof UnfitCertificate)) throw error
    const message = `A certificate of the stored chain ${error.message}: it is not taken any more. Upload another one.`
    throw new CodedError('STORE_DAMAGED', message)
  }
  return [new Certificate(leaf), ...chain.map((pem) => new Certificate(pem))]
}

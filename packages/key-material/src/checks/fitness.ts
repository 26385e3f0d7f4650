import { checkClientCertificates, UnfitCertificate, type Unfitness } from '@mtls-gateway/certificate-rules'
import type { ErrorCode } from '@mtls-gateway/domain'
import type { Certificate } from '../certificate/certificate.ts'
import { checkCertificate, newKeyAndRequest } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { failure } from './problems.ts'

const codes: Readonly<Record<Unfitness, ErrorCode>> = {
  malformed: 'CERTIFICATE_MALFORMED',
  size: 'LIMIT_EXCEEDED',
  key: 'KEY_TYPE_UNSUPPORTED',
}

/** Refuses certificates that would cost a forwarder too much. Targets' certificates must pass the same rules. */
export function checkFitness(chain: readonly Certificate[]): Problem[] {
  return chain.flatMap(({ x509, subject }) => {
    try {
      checkClientCertificates([x509.raw])
      return []
    } catch (error) {
      if (!(error instanceof UnfitCertificate)) throw error
      const message = `The certificate of ${subject || '(no name)'} ${error.message}. Have it issued again without that.`
      return [failure(codes[error.why], message, error.why === 'key' ? newKeyAndRequest : checkCertificate)]
    }
  })
}

import type { CertificateQuery } from '@mtls-gateway/contract'
import type { Certificate } from '@mtls-gateway/domain'

export function isAskedFor({ current }: Certificate, { clientAuth }: CertificateQuery): boolean {
  return clientAuth === undefined || current?.clientAuth === clientAuth
}

import type { Certificate } from '@mtls-gateway/domain'
import { z } from 'zod'
import { pageQuery } from '../http/page.ts'

/** The query of GET certificates. */
export const certificateQuerySchema = z.object({
  ...pageQuery,
  /**
   * By the extended key usage for client authentication: public CAs stop giving it, so a renewed certificate may be `absent`
   * and no longer work as a client certificate.
   */
  clientAuth: z.enum(['present', 'absent', 'unrestricted']).optional(),
})

export type CertificateQuery = z.infer<typeof certificateQuerySchema>

export function isAskedFor({ current }: Certificate, { clientAuth }: CertificateQuery): boolean {
  return clientAuth === undefined || current?.clientAuth === clientAuth
}

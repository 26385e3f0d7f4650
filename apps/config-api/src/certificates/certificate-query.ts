import type { Certificate } from '@mtls-gateway/domain'
import { z } from 'zod'
import { pageQuery } from '../http/page.ts'

/** The query of GET certificates. */
export const certificateQuerySchema = z.object({
  ...pageQuery,
  /**
   * By the extended key usage for client authentication: public CAs stop giving it, so a renewed certificate may be
   * `absent` and no longer work as a client certificate.
   */
  clientAuth: z.enum(['present', 'absent', 'unrestricted']).optional(),
  /** Ended or about to; those with the most traffic first, so `limit` has no next page here. */
  expiringWithinDays: z.coerce.number().int().min(0).max(3_650).optional(),
})

export type CertificateQuery = z.infer<typeof certificateQuerySchema>

export function isAskedFor({ current }: Certificate, { clientAuth }: CertificateQuery): boolean {
  return clientAuth === undefined || current?.clientAuth === clientAuth
}

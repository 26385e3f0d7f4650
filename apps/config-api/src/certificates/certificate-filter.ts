import type { Certificate } from '@mtls-gateway/domain'
import { z } from 'zod'

/** Which certificates a list is to have: the query of GET certificates. */
export const certificateFilterSchema = z.object({
  /**
   * By the extended key usage for client authentication: public CAs stop giving it, so a renewed certificate may be `absent`
   * and no longer work as a client certificate.
   */
  clientAuth: z.enum(['present', 'absent', 'unrestricted']).optional(),
})

export type CertificateFilter = z.infer<typeof certificateFilterSchema>

export function passesFilter({ current }: Certificate, { clientAuth }: CertificateFilter): boolean {
  return clientAuth === undefined || current?.clientAuth === clientAuth
}

import type { Answer } from '@mtls-gateway/client'
import type { Certificate } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'
import { findCertificate } from './find-certificate.ts'

/**
 * Gives a CA's answer to whichever signing request of a certificate waits for one: its first, or that of its next
 * version.
 * @throws CliFailure, ServiceProblem
 */
export async function completeRequest(
  connection: Connection,
  idOrName: string,
  certificate: string,
): Promise<Answer<Certificate>> {
  const { configApi } = connection
  const { body } = await findCertificate(connection, idOrName)
  const signed = { certificateId: body.id, body: { certificate } }
  const isFirst = body.status === 'PendingSignature'
  return isFirst ? configApi.completeSigningRequest(signed) : configApi.completeRenewalRequest(signed)
}

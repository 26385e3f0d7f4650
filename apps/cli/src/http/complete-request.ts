import type { Certificate } from '@mtls-gateway/contract'
import type { Connection } from '../settings/connection.ts'
import type { Answer } from './answer.ts'
import { certificateId } from './certificate-id.ts'

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
  const { configApi, path } = connection
  const own = path(`/certificates/${await certificateId(connection, idOrName)}`)
  const { body } = await configApi.json<Certificate>('GET', own)
  const place = body.status === 'PendingSignature' ? own : `${own}/staged`
  return configApi.json<Certificate>('PUT', `${place}/signed-certificate`, { certificate })
}

import type { Answer } from '@mtls-gateway/client'
import type { CertificateDetails } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'
import { certificateId } from './id-by-name.ts'

/** As it is now, with the `ETag` that a change of it depends on. @throws CliFailure, ServiceProblem */
export async function findCertificate(connection: Connection, idOrName: string): Promise<Answer<CertificateDetails>> {
  return connection.configApi.getCertificate({ certificateId: await certificateId(connection, idOrName) })
}

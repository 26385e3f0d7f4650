import type { Answer } from '@mtls-gateway/client'
import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'
import { findMapping } from './find-mapping.ts'

/**
 * Changes what the request names, unless somebody else changes the mapping meanwhile.
 * @throws CliFailure, ServiceProblem
 */
export async function changeMapping(
  connection: Connection,
  idOrName: string,
  body: MappingRequest,
): Promise<Answer<Mapping>> {
  const { body: mapping, etag } = await findMapping(connection, idOrName)
  return connection.configApi.updateMapping({ mappingId: mapping.id, body, ifMatch: etag })
}

import type { Answer } from '@mtls-gateway/client'
import type { Mapping } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'
import { mappingId } from './id-by-name.ts'

/** As it is now, with the `ETag` that a change of it depends on. @throws CliFailure, ServiceProblem */
export async function findMapping(connection: Connection, idOrName: string): Promise<Answer<Mapping>> {
  return connection.configApi.getMapping({ mappingId: await mappingId(connection, idOrName) })
}

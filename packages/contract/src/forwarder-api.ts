import type { ServiceContract } from './operation.ts'
import { checkMappingOperations } from './operations/check-mapping.ts'
import { baseUrlOperations, forwardOperations } from './operations/forward.ts'
import { healthOperations } from './operations/health.ts'
import { tokenTestOperations } from './operations/token-test.ts'

/** Runtime traffic. */
export const forwarderApi: ServiceContract = {
  name: 'forwarder-api',
  version: '1',
  description:
    'Runtime traffic: check mapping, and forward at /mtls/account/{accountId}, or by base url below its /to/{mappingId}.',
  operations: {
    ...checkMappingOperations,
    ...tokenTestOperations,
    ...forwardOperations,
    ...baseUrlOperations,
    ...healthOperations,
  },
}

/** With the types of their schemas, from which clients have theirs; without the forward. */
export type ForwarderApiOperations = typeof checkMappingOperations &
  typeof tokenTestOperations &
  typeof healthOperations

import type { ServiceContract } from './operation.ts'
import { accountOperations } from './operations/account.ts'
import { activationOperations } from './operations/activation.ts'
import { appKeyOperations } from './operations/app-keys.ts'
import { certificateOperations } from './operations/certificates.ts'
import { healthOperations } from './operations/health.ts'
import { keyTesterOperations } from './operations/key-tester.ts'
import { mappingOperations } from './operations/mappings.ts'
import { rotationOperations } from './operations/rotation.ts'
import { signingRequestOperations } from './operations/signing-requests.ts'

/** Onboarding of certificates and mappings. */
export const configApi = {
  name: 'config-api',
  version: '1',
  description: 'Self-service onboarding of client certificates and mappings.',
  operations: {
    ...certificateOperations,
    ...signingRequestOperations,
    ...rotationOperations,
    ...mappingOperations,
    ...activationOperations,
    ...keyTesterOperations,
    ...appKeyOperations,
    ...accountOperations,
    ...healthOperations,
  },
} as const satisfies ServiceContract

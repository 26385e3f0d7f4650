import type { ServiceContract } from './operation.ts'
import { accountOperations } from './operations/account.ts'
import { acmeOperations } from './operations/acme.ts'
import { activationOperations } from './operations/activation.ts'
import { appKeyOperations } from './operations/app-keys.ts'
import { approvalOperations } from './operations/approvals.ts'
import { callerOperations } from './operations/caller.ts'
import { callOperations } from './operations/calls.ts'
import { certificateOperations } from './operations/certificates.ts'
import { documentOperations } from './operations/document.ts'
import { handoverOperations } from './operations/handovers.ts'
import { healthOperations } from './operations/health.ts'
import { invitationOperations } from './operations/invitations.ts'
import { keyTesterOperations } from './operations/key-tester.ts'
import { mappingOperations } from './operations/mappings.ts'
import { planOperations } from './operations/plans.ts'
import { rotationOperations } from './operations/rotation.ts'
import { serviceOperations } from './operations/services.ts'
import { signingKeyOperations } from './operations/signing-keys.ts'
import { signingRequestOperations } from './operations/signing-requests.ts'
import { targetCaOperations } from './operations/target-ca.ts'
import { trialOperations } from './operations/trial.ts'
import { trustOperations } from './operations/trusts.ts'

/** Onboarding of certificates and mappings. */
export const configApi: ServiceContract = {
  name: 'config-api',
  version: '1',
  description: 'Self-service onboarding of client certificates and mappings.',
  operations: {
    ...callerOperations,
    ...serviceOperations,
    ...certificateOperations,
    ...signingRequestOperations,
    ...rotationOperations,
    ...planOperations,
    ...handoverOperations,
    ...mappingOperations,
    ...trustOperations,
    ...targetCaOperations,
    ...activationOperations,
    ...trialOperations,
    ...keyTesterOperations,
    ...appKeyOperations,
    ...invitationOperations,
    ...signingKeyOperations,
    ...approvalOperations,
    ...accountOperations,
    ...documentOperations,
    ...callOperations,
    ...acmeOperations,
    ...healthOperations,
  },
}

/** With the types of their schemas, from which clients have theirs. */
export type ConfigApiOperations = typeof callerOperations &
  typeof serviceOperations &
  typeof certificateOperations &
  typeof signingRequestOperations &
  typeof rotationOperations &
  typeof planOperations &
  typeof handoverOperations &
  typeof mappingOperations &
  typeof trustOperations &
  typeof targetCaOperations &
  typeof activationOperations &
  typeof trialOperations &
  typeof keyTesterOperations &
  typeof appKeyOperations &
  typeof invitationOperations &
  typeof signingKeyOperations &
  typeof approvalOperations &
  typeof accountOperations &
  typeof documentOperations &
  typeof callOperations &
  typeof acmeOperations &
  typeof healthOperations

import { targetTrustRequest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import type { TargetTrust } from '@mtls-gateway/outbound'
import { validationError } from '@mtls-gateway/service-kit'
import type { MultipartForm } from '../http/multipart-form.ts'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import { readTargetTrust, requestedTargetTrust } from '../mappings/target-trust-request.ts'

const part = 'targetTrust'

/**
 * How the target of a test call is verified, written like a mapping's `targetTrust`; undefined without that part.
 * @throws CodedError `MALFORMED_MULTIPART`, and whatever a mapping's `targetTrust` is refused with
 */
export async function readTestTrust(
  cas: CaCertificates,
  account: AccountId,
  form: MultipartForm,
): Promise<TargetTrust | undefined> {
  if (form.text(part) === undefined) return undefined
  const { success, data, error } = targetTrustRequest.safeParse(form.json(part))
  if (!success) throw validationError(error.issues, part)
  return requestedTargetTrust(readTargetTrust(data, await cas.read(account, [data])))
}

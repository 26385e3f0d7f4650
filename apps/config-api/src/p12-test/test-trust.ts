import { targetTlsRequest, targetTrustRequest } from '@mtls-gateway/contract'
import type { AccountId, MappingTls } from '@mtls-gateway/domain'
import type { TargetTrust } from '@mtls-gateway/outbound'
import { validationError } from '@mtls-gateway/service-kit'
import type { z } from 'zod'
import type { MultipartForm } from '../http/multipart-form.ts'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import { readTargetTls } from '../mappings/target-tls-request.ts'
import { readTargetTrust } from '../mappings/target-trust-request.ts'
import type { TrustRecords } from '../mappings/trust-records.ts'

export interface TrustReaders {
  readonly cas: CaCertificates
  readonly trusts: TrustRecords
}

/**
 * How the target of a test call is verified, written like a mapping's `targetTrust`; undefined without that part.
 * @throws CodedError `MALFORMED_MULTIPART`, and whatever a mapping's `targetTrust` is refused with
 */
export async function readTestTrust(
  { cas, trusts }: TrustReaders,
  account: AccountId,
  form: MultipartForm,
): Promise<TargetTrust | undefined> {
  const body = partOf(form, 'targetTrust', targetTrustRequest)
  return body && trusts.prepare(account, readTargetTrust(body, await cas.read(account, [body])))
}

/** What a test call offers, written like a mapping's `targetTls`, as {@link readTestTrust}. */
export function readTestTls(form: MultipartForm): MappingTls | undefined {
  const body = partOf(form, 'targetTls', targetTlsRequest)
  return body && readTargetTls(body)
}

function partOf<Schema extends z.ZodType>(
  form: MultipartForm,
  part: 'targetTrust' | 'targetTls',
  schema: Schema,
): z.output<Schema> | undefined {
  if (form.text(part) === undefined) return undefined
  const { success, data, error } = schema.safeParse(form.json(part))
  if (!success) throw validationError(error.issues, part)
  return data
}

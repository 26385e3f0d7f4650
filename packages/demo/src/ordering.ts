import type { Certificate, PendingIssuance } from '@mtls-gateway/contract'
import type { ApiClient, MtlsTarget } from '@mtls-gateway/test-kit'
import { answered, StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

export interface Ordered {
  readonly id: number
  readonly fingerprintSha256: string
}

/** Has a CA of the account issue a certificate, which renews itself from then on. */
export async function orderCertificate(
  tenant: ApiClient,
  account: string,
  { name, profile }: { readonly name: string; readonly profile: string },
): Promise<StepResult<Ordered>> {
  const order = { name, profile, subject: { commonName: name, organization: 'Demo' } }
  const request = tenant.json<Certificate | PendingIssuance>(
    'POST',
    `/mtls/account/${account}/certificates/issue`,
    order,
  )
  const issued = await answered(201, request)
  if ('certificate' in issued || issued.fingerprintSha256 === null)
    throw new StepFailure('it is ordered, but not issued')
  const { id, fingerprintSha256, status, expirationDate } = issued
  const result = `${id}, ${status} until ${expirationDate?.slice(0, 10)}, renews itself`
  return { result, value: { id, fingerprintSha256 } }
}

/** The CA is the account's own: nobody else knows it. */
export async function trustIssuer(
  tenant: ApiClient,
  account: string,
  { profile, target }: { readonly profile: string; readonly target: MtlsTarget },
): Promise<StepResult<void>> {
  const request = tenant.json<string>('GET', `/mtls/account/${account}/issuers/${profile}/ca`)
  target.trustClientCa(await answered(200, request))
  return { result: `takes certificates of the CA of ${account}`, value: undefined }
}

import type { CheckedMapping } from '@mtls-gateway/contract'
import type { ApiClient, ApiResponse, EchoedRequest, IssuedCertificate, MtlsTarget } from '@mtls-gateway/test-kit'
import type { Bank } from './bank.ts'
import { answered, StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

export interface Mapped {
  readonly accountId: string
  readonly serviceName: string
  readonly url: string
}

export async function checkMapping(caller: ApiClient, mapped: Mapped): Promise<StepResult<void>> {
  if (!(await hasMapping(caller, mapped))) throw new StepFailure('the forwarder says that there is no usable mapping')
  return { result: 'doExist: true', value: undefined }
}

/** Whether a call presents a certificate, as far as the forwarder knows by now. */
export async function hasMapping(caller: ApiClient, mapped: Mapped): Promise<boolean> {
  const [entry] = await answered(200, caller.json<readonly CheckedMapping[]>('POST', '/mtls/mapping?v=2', [mapped]))
  return entry?.doExist === true
}

/** The answer to a call that is forwarded, be it the target's or the gateway's. */
export function send(caller: ApiClient, { accountId, serviceName, url }: Mapped): Promise<ApiResponse<EchoedRequest>> {
  const headers = { 'LP-forward-url': url, 'LP-service-name': serviceName }
  return caller.json('GET', `/mtls/account/${accountId}`, undefined, headers)
}

/** Neither token nor signature is the caller's: the bank takes the payment only if the gateway has added both. */
export async function pay(
  caller: ApiClient,
  { accountId, serviceName, url }: Mapped,
  bank: Pick<Bank, 'payments'>,
): Promise<StepResult<void>> {
  const paymentsBefore = bank.payments
  const headers = { 'LP-forward-url': url, 'LP-service-name': serviceName }
  const payment = { amount: '12.50', currency: 'EUR' }
  await answered(200, caller.json('POST', `/mtls/account/${accountId}`, payment, headers))
  if (bank.payments !== paymentsBefore + 1) throw new StepFailure('the bank has not taken the payment')
  return { result: '200, the gateway has added both', value: undefined }
}

/** The target must answer, and must have seen the very certificate that is mapped; fingerprints tell them apart. */
export async function forward(
  caller: ApiClient,
  mapped: Mapped,
  proof: { readonly target: MtlsTarget; readonly identity: Pick<IssuedCertificate, 'fingerprintSha256'> },
): Promise<StepResult<void>> {
  const seenBefore = proof.target.seen.length
  const echoed = await answered(200, send(caller, mapped))
  const [seen, ...more] = proof.target.seen.slice(seenBefore)
  if (seen === undefined || more.length > 0) {
    throw new StepFailure(`the target saw ${proof.target.seen.length - seenBefore} requests instead of one`)
  }
  const fingerprint = seen.clientCertificate?.fingerprint256
  if (fingerprint !== proof.identity.fingerprintSha256) {
    throw new StepFailure(`the target saw ${seen.clientCertificate?.subject ?? 'no client certificate'}`)
  }
  if (echoed.clientCertificate?.fingerprint256 !== fingerprint) {
    throw new StepFailure("the answer that came back is not the target's")
  }
  return { result: `200, the target saw ${seen.clientCertificate?.subject}`, value: undefined }
}

import type { IssueRequest, Issuer, Plan } from '@mtls-gateway/contract'
import { queryOptions } from '@tanstack/react-query'
import { certificatesKey } from './certificates.ts'
import { clientOf } from './page-client.ts'

/** From whom the account may order certificates. */
export function issuersQuery(accountId: string) {
  return queryOptions({
    queryKey: [accountId, 'issuers'],
    queryFn: async ({ signal }): Promise<readonly Issuer[]> => (await clientOf(accountId).listIssuers({ signal })).body,
    staleTime: 60_000,
  })
}

/** The request that people take to the CA, while the plan of the certificate waits for what that signs. */
export function orderedRequestQuery(accountId: string, certificateId: number) {
  return queryOptions({
    queryKey: [...certificatesKey(accountId), certificateId, 'ordered-request'],
    queryFn: async ({ signal }): Promise<string | null> =>
      (await clientOf(accountId).getPlan({ certificateId, signal })).body.signingRequest ?? null,
  })
}

/** From where a plan takes the next version, as a request says it: from an issuer or from a source. */
export function originOf({ profile, source }: Pick<Plan, 'profile' | 'source'>) {
  return source === null ? { profile: profile ?? '' } : { source }
}

/** The certificate that was ordered, and whether it is there already. */
export interface Ordered {
  readonly id: number
  readonly isIssued: boolean
}

export async function orderCertificate(
  accountId: string,
  body: IssueRequest,
  idempotencyKey: string,
): Promise<Ordered> {
  const { body: answer } = await clientOf(accountId).issueCertificate({ body, idempotencyKey })
  if ('certificate' in answer) return { id: answer.certificate.id, isIssued: false }
  return { id: answer.id, isIssued: true }
}

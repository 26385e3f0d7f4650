import { clientOf } from './page-client.ts'

type NewRequestBody = Parameters<ReturnType<typeof clientOf>['createSigningRequest']>[0]['body']

export type KeyType = NonNullable<NewRequestBody['keyType']>
export type Subject = Readonly<NewRequestBody['subject']>

/** What the certificate is to say. */
export interface SentNames {
  readonly subject: Subject
  readonly subjectAltNames: readonly string[]
}

export interface NewRequest {
  readonly name: string
  /** The certificate whose next version it is for; its name stays. */
  readonly renew: number | undefined
  readonly keyType: KeyType
  /** Undefined: those of the version in use. */
  readonly names: SentNames | undefined
}

export async function makeSigningRequest(
  accountId: string,
  { name, renew, keyType, names }: NewRequest,
  idempotencyKey: string,
) {
  const client = clientOf(accountId)
  const subject = names?.subject ?? {}
  const subjectAltNames = names && [...names.subjectAltNames]
  const { body } =
    renew === undefined
      ? await client.createSigningRequest({ body: { name, keyType, subject, subjectAltNames }, idempotencyKey })
      : await client.createRenewalRequest({
          certificateId: renew,
          body: { keyType, subject: names?.subject, subjectAltNames },
          idempotencyKey,
        })
  return body
}

export interface SignedRequest {
  readonly certificateId: string
  /** The certificate itself waits, not its next version. */
  readonly isFirst: boolean
  readonly pem: string
}

export async function giveBackSigned(
  accountId: string,
  { certificateId, isFirst, pem }: SignedRequest,
  idempotencyKey: string,
) {
  const client = clientOf(accountId)
  const signed = { certificateId, pem, idempotencyKey }
  return isFirst ? client.completeSigningRequest(signed) : client.completeRenewalRequest(signed)
}

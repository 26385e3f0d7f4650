import type { TargetAnswer } from '@mtls-gateway/outbound'
import { z } from 'zod'
import type { Issuance } from '../issuer.ts'
import type { IssuerError, IssuerErrorCode } from '../issuer-error.ts'

const issuedSchema = z.object({ certificate: z.string() })
const pendingSchema = z.object({
  reference: z.string().regex(/^[!-~]{1,256}$/),
  askAgainInSeconds: z.number().min(1).max(86_400).default(60),
})

/**
 * What a webhook makes of an order. Nothing of its body gets into a message.
 * @param error made of a code and the rest of a sentence
 * @throws IssuerError
 */
export function readWebhookAnswer(
  { status, body, truncated }: TargetAnswer,
  error: (code: IssuerErrorCode, what: string) => IssuerError,
): Issuance {
  if (status < 200 || status > 299) throw error(...refusalOf(status))
  const content = truncated ? undefined : parsed(body)
  if (status === 202) {
    const pending = pendingSchema.safeParse(content).data
    if (pending === undefined) throw error('ISSUED_NO_CERTIFICATE', 'answered 202 without a reference to ask by')
    return { state: 'pending', reference: pending.reference, askAgainInMs: pending.askAgainInSeconds * 1_000 }
  }
  const issued = issuedSchema.safeParse(content).data
  if (issued !== undefined) return { state: 'issued', certificates: issued.certificate }
  throw error(
    'ISSUED_NO_CERTIFICATE',
    `answered ${status} without a "certificate" in JSON. Check what its url leads to`,
  )
}

function refusalOf(status: number): [IssuerErrorCode, string] {
  if (status === 401 || status === 403) {
    return ['ISSUER_FORBIDDEN', `answered ${status}. Check that it verifies signatures with the secret of the profile`]
  }
  if (status === 408 || status === 429 || status >= 500) {
    return ['ISSUER_UNREACHABLE', `answered ${status}. It is tried again later`]
  }
  if (status < 400) return ['ISSUER_REFUSED', `answered ${status}. Redirects are not followed: correct its url`]
  return ['ISSUER_REFUSED', `answered ${status}, so it does not issue this. Its log says why`]
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

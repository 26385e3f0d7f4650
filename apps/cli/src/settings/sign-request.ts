import { bodyHashOf, signOAuth1 } from '@mtls-gateway/request-signing'
import type { AppKey } from './settings.ts'

export interface SignedRequest {
  readonly method: string
  /** As it is sent. */
  readonly url: string
  readonly contentType?: string | undefined
  readonly body?: string | Uint8Array | undefined
}

/** The value of `Authorization`: the body is signed too, a form by its parameters and any other by its hash. */
export function signRequest(appKey: AppKey, { method, url, contentType, body }: SignedRequest): string {
  const request = { ...appKey, method, url, hash: 'SHA256' } as const
  if (body === undefined) return signOAuth1(request)
  if (contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    return signOAuth1({ ...request, formBody: Buffer.from(body).toString('utf8') })
  }
  return signOAuth1({ ...request, bodyHash: bodyHashOf(body, 'SHA256') })
}

import { bodyHashOf, signOAuth1 } from '@mtls-gateway/request-signing'
import type { AppKey } from './app-key.ts'
import { isForm } from './form-type.ts'

export interface SignedRequest {
  readonly method: string
  /** As it is sent. */
  readonly url: string
  readonly contentType?: string | null | undefined
  /** Undefined where there is none, or where it is not known yet and so cannot be part of the signature. */
  readonly body?: string | Uint8Array | undefined
}

/**
 * The value of `Authorization`, with a nonce of its own: a form is signed by its parameters, any other body by its
 * hash.
 */
export function signRequest({ appKey, appSecret }: AppKey, { method, url, contentType, body }: SignedRequest): string {
  const request = { appKey, appSecret, method, url, hash: 'SHA256' } as const
  if (body === undefined) return signOAuth1(request)
  if (isForm(contentType)) return signOAuth1({ ...request, formBody: body })
  return signOAuth1({ ...request, bodyHash: bodyHashOf(body, 'SHA256') })
}

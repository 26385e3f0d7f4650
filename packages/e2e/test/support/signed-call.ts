import { type OAuth1Request, signOAuth1 } from '@mtls-gateway/request-signing'
import { type ApiClient, type ApiResponse } from '@mtls-gateway/test-kit'
import type { AppKey } from './wire.ts'

export interface SignedCall {
  /** Carries no credentials of its own. */
  readonly client: ApiClient
  readonly method: string
  /** Scheme, host and port under which the caller knows the service. */
  readonly base: string
  /** As it is sent. */
  readonly path: string
  readonly appKey: Pick<AppKey, 'appKey' | 'appSecret'>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

type Signing = Partial<Omit<OAuth1Request, 'method'>>

/** The `Authorization` header of the call, with whatever a test does otherwise. */
export function signatureOf({ base, path, method, appKey }: SignedCall, changed: Signing = {}): string {
  const { appKey: key, appSecret } = appKey
  return signOAuth1({ method, url: base + path, appKey: key, appSecret, ...changed })
}

export function send(call: SignedCall, authorization: string | string[]): Promise<ApiResponse<Buffer>> {
  const { client, method, path, headers = {}, body } = call
  const host = new URL(call.base).host
  const request = { method, path, headers: { host, ...headers, authorization } }
  return client.raw(body === undefined ? request : { ...request, body })
}

export function sendSigned(call: SignedCall, changed: Signing = {}): Promise<ApiResponse<Buffer>> {
  return send(call, signatureOf(call, changed))
}

import type { AppKey } from './app-key.ts'
import { type SignedRequest, signRequest } from './sign-request.ts'

/** An access token, or what makes a current one for each request; or an app key, which fewer operations take. */
export type Credentials = { readonly token: string | (() => string | Promise<string>) } | AppKey

/** The value of `Authorization`. */
export async function authorizationOf(credentials: Credentials, request: SignedRequest): Promise<string> {
  if ('appKey' in credentials) return signRequest(credentials, request)
  const { token } = credentials
  return `Bearer ${typeof token === 'string' ? token : await token()}`
}

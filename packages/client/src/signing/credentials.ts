import type { AppKey } from './app-key.ts'
import { type SignedRequest, signRequest } from './sign-request.ts'

/**
 * An access token, or what makes a current one for each request; or an app key, which fewer operations take; or the
 * client certificate that the `fetch` shows which is given beside it.
 */
export type Credentials =
  | { readonly token: string | (() => string | Promise<string>) }
  | AppKey
  | { readonly clientCertificate: true }

/** The value of `Authorization`; undefined: there is none. */
export async function authorizationOf(credentials: Credentials, request: SignedRequest): Promise<string | undefined> {
  if ('clientCertificate' in credentials) return undefined
  if ('appKey' in credentials) return signRequest(credentials, request)
  const { token } = credentials
  return `Bearer ${typeof token === 'string' ? token : await token()}`
}

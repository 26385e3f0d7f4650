import type { Fetch } from '@mtls-gateway/client'
import { requireSafeUrl } from './settings/base-url.ts'

/**
 * Makes every request of the command line: to the services, and to whatever an identity provider names as its own. By
 * its name the services' logs tell it from other clients. @throws CliFailure for http beyond this machine
 */
export const fetchAsMtls = asMtls((input, init) => fetch(input, init))

/** @param fetch what brings the requests */
export function asMtls(fetch: Fetch): Fetch {
  return async (input, init) => {
    const { origin } = new URL(input instanceof Request ? input.url : input)
    requireSafeUrl(origin, origin)
    const headers = new Headers(init?.headers)
    if (!headers.has('user-agent')) headers.set('user-agent', 'mtls')
    return fetch(input, { redirect: 'manual', ...init, headers })
  }
}

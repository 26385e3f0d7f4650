import type { Fetch } from '@mtls-gateway/client'

/** By its name the services' logs tell the command line from other clients. */
export const fetchAsMtls: Fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  if (!headers.has('user-agent')) headers.set('user-agent', 'mtls')
  return fetch(input, { ...init, headers })
}

import type { Fetch } from '@mtls-gateway/client'
import { fetchAsMtls } from '../fetch-as-mtls.ts'
import { type ServicePlace, unreachable } from './service-place.ts'

export interface ExchangeRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

export interface Exchange {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/**
 * Sends a request as it is, and returns any answer, redirects too.
 * @throws CliFailure if no answer comes
 */
export async function exchange(
  place: ServicePlace,
  { method, path, headers, body }: ExchangeRequest,
  fetch: Fetch = fetchAsMtls,
): Promise<Exchange> {
  try {
    const init = { method, headers, redirect: 'manual', ...(body && { body }) } as const
    const response = await fetch(place.baseUrl + path, init)
    const content = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: Object.fromEntries(response.headers), body: content }
  } catch (error) {
    throw unreachable(place, error)
  }
}

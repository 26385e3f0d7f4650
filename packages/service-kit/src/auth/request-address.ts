import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { parsePublicBaseUrl, type RequestAddress } from '@mtls-gateway/request-auth'

export interface AddressSettings {
  readonly publicBaseUrls: readonly string[]
  readonly trustedProxies: number
}

/** Finds the address that a request's caller used: the configured ones, else Host, else what a trusted proxy says. */
export function requestAddressOf(
  settings: AddressSettings,
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => RequestAddress {
  const publicBaseUrls = settings.publicBaseUrls.map(parsePublicBaseUrl)
  return (request) => {
    const address: RequestAddress = {
      publicBaseUrls,
      protocol: request.socket instanceof TLSSocket ? 'https' : 'http',
      host: request.headers.host,
    }
    if (settings.trustedProxies === 0) return address
    const protocol = firstValue(request.headers['x-forwarded-proto'])
    const host = firstValue(request.headers['x-forwarded-host'])
    return { ...address, forwarded: { protocol, host } }
  }
}

/** What the outermost proxy saw; a proxy that is to be trusted replaces what a caller wrote there. */
function firstValue(field: string | string[] | undefined): string | undefined {
  const text = Array.isArray(field) ? field.join(',') : field
  return text?.split(',')[0]?.trim() || undefined
}

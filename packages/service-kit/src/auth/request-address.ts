import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { parsePublicBaseUrl, type RequestAddress } from '@mtls-gateway/request-auth'
import { peerAddress } from '../throttling/client-address.ts'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'

export interface AddressSettings {
  readonly publicBaseUrls: readonly string[]
}

/** The address that the caller used: a configured one, or the Host header, or what a trusted proxy reports. */
export function requestAddressOf(
  settings: AddressSettings,
  proxies: TrustedProxies,
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => RequestAddress {
  const publicBaseUrls = settings.publicBaseUrls.map(parsePublicBaseUrl)
  return (request) => {
    const address: RequestAddress = {
      publicBaseUrls,
      protocol: request.socket instanceof TLSSocket ? 'https' : 'http',
      host: request.headers.host,
    }
    if (proxies.areNone || !proxies.trust(request, peerAddress(request.socket))) return address
    const protocol = firstValue(request.headers['x-forwarded-proto'])
    const host = firstValue(request.headers['x-forwarded-host'])
    return { ...address, forwarded: { protocol, host } }
  }
}

/** The value of the outermost proxy. A trusted proxy replaces whatever a caller wrote there. */
function firstValue(field: string | string[] | undefined): string | undefined {
  const text = Array.isArray(field) ? field.join(',') : field
  return text?.split(',')[0]?.trim() || undefined
}

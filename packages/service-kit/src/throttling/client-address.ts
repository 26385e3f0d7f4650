import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/** What this needs of an `IncomingMessage`. */
export interface CalledBy {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/**
 * The caller's IP address, as reported by the nearest `trustedProxies` proxies. Each proxy appends the address that
 * called it to X-Forwarded-For, so entries further left come from the caller itself and are never used.
 */
export function clientAddress(request: CalledBy, trustedProxies: number): string {
  let address = plainAddress(request.socket.remoteAddress ?? '') ?? 'unknown'
  if (trustedProxies === 0) return address
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').reverse()
  for (const entry of forwarded.slice(0, trustedProxies)) {
    const next = plainAddress(entry.trim())
    if (next === undefined) break
    address = next
  }
  return address
}

/** {@link clientAddress} behind the proxies that a service trusts. */
export function clientAddressOf({
  trustedProxies,
}: {
  readonly trustedProxies: number
}): (request: CalledBy) => string {
  return (request) => clientAddress(request, trustedProxies)
}

/**
 * The key for counting: an IPv4 address, or the /56 of an IPv6 address, which is what one subscriber usually gets
 * (RFC 6177, RIPE-690): counted by /64, a single line would have the rates of 256 addresses. `address` is from
 * {@link clientAddress}.
 */
export function rateKey(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const [first, second, third, fourth = '0'] = [...left, ...zeros, ...right]
  return `${first}:${second}:${third}:${fourth.padStart(4, '0').slice(0, 2)}00::/56`
}

/** In canonical form, without port, brackets and zone; undefined if it is not an address. */
function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  const [, bracketed] = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const address = bracketed ?? withPort ?? text
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  // IPv4 in IPv6 (RFC 4291 section 2.5.5.2), as a server that listens on :: sees IPv4 callers.
  return canonical.startsWith('::ffff:') && canonical.includes('.') ? canonical.slice(7) : canonical
}

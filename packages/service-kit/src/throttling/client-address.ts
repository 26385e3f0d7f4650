import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { TrustedProxies } from './trusted-proxies.ts'

/** What this needs of an `IncomingMessage`. */
export interface CalledBy {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** A chain of trusted proxies is never longer; callers could make their own entries look like one. */
const mostProxies = 16

/**
 * The caller's IP address. Each proxy appends the address that called it to X-Forwarded-For. So the entries are read
 * from the right for as long as they are proxies that are trusted, and the first that is none is the caller: what
 * stands further left comes from the caller itself, and is never used.
 */
export function clientAddress(request: CalledBy, proxies: TrustedProxies): string {
  const peer = peerAddress(request.socket)
  if (proxies.areNone || !proxies.trust(request, peer)) return peer
  const field = request.headers['x-forwarded-for']
  const forwarded = typeof field === 'string' ? field : (field?.join(',') ?? '')
  let address = peer
  for (let [end, hops] = [forwarded.length, 0]; end >= 0 && hops < mostProxies; hops++) {
    const comma = end === 0 ? -1 : forwarded.lastIndexOf(',', end - 1)
    const next = plainAddress(forwarded.slice(comma + 1, end).trim())
    if (next === undefined) return address
    address = next
    if (!proxies.include(address)) return address
    end = comma
  }
  return address
}

/** The address of a connection: that of the caller, or of the last proxy. */
export function peerAddress({ remoteAddress }: CalledBy['socket']): string {
  return plainAddress(remoteAddress ?? '') ?? 'unknown'
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

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net'
import { TLSSocket } from 'node:tls'
import { digestOf, isSameDigest } from '@mtls-gateway/domain'
import { parsePublicBaseUrl, type RequestAddress } from '@mtls-gateway/request-auth'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { readProxySecrets } from '../configuration/proxy-settings.ts'

export type ProxyConfiguration = Pick<CommonConfiguration, 'trustedProxies' | 'trustedProxySecretFile'>

/** By this, a proxy without a fixed address shows that it is one. It is passed on to nobody. */
export const proxySecretHeader = 'x-proxy-secret'

/**
 * The proxies whose X-Forwarded-* headers count. How many there are says nothing about who calls: whoever reaches the
 * service without a proxy would be believed as well (decision 46).
 */
export class TrustedProxies {
  readonly #ranges: BlockList | undefined
  readonly #secrets: readonly string[]

  /** @throws Error: the file with the secret cannot be read */
  constructor({ trustedProxies, trustedProxySecretFile }: ProxyConfiguration) {
    this.#ranges = trustedProxies.length > 0 ? blockListOf(trustedProxies) : undefined
    this.#secrets = trustedProxySecretFile === undefined ? [] : readProxySecrets(trustedProxySecretFile).map(digestOf)
  }

  /**
   * Whether a request comes from a proxy.
   * @param peer the address of its connection
   */
  trust({ headers }: { readonly headers: IncomingHttpHeaders }, peer: string): boolean {
    return this.include(peer) || (this.#secrets.length > 0 && this.#isSecret(headers[proxySecretHeader]))
  }

  /** Whether one has this address. Those that are known by the secret may have any. */
  include(address: string): boolean {
    if (this.#ranges === undefined) return false
    if (address.includes(':')) return this.#ranges.check(address, 'ipv6')
    return isIPv4(address) && this.#ranges.check(address, 'ipv4')
  }

  /** Whether a connection from there may carry the requests of many callers. */
  mayConnectFrom(address: string): boolean {
    return this.#secrets.length > 0 || this.include(address)
  }

  /** A header that comes twice is joined to one text, which is no secret: a caller may have written one of the two. */
  #isSecret(field: string | string[] | undefined): boolean {
    if (typeof field !== 'string') return false
    const digest = digestOf(field)
    return this.#secrets.some((secret) => isSameDigest(secret, digest))
  }
}

function blockListOf(texts: readonly string[]): BlockList {
  const ranges = new BlockList()
  for (const text of texts) {
    const [address = '', prefix] = text.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) ranges.addAddress(address, family)
    else ranges.addSubnet(address, Number(prefix), family)
  }
  return ranges
}

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
  if (!proxies.trust(request, peer)) return peer
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

/** The address that the caller used: a configured one, or the Host header, or what a trusted proxy reports. */
export function requestAddressOf(
  settings: Pick<CommonConfiguration, 'publicBaseUrls'>,
  proxies: TrustedProxies,
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => RequestAddress {
  const publicBaseUrls = settings.publicBaseUrls.map(parsePublicBaseUrl)
  return (request) => {
    const address: RequestAddress = {
      publicBaseUrls,
      protocol: request.socket instanceof TLSSocket ? 'https' : 'http',
      host: request.headers.host,
    }
    if (!proxies.trust(request, peerAddress(request.socket))) return address
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

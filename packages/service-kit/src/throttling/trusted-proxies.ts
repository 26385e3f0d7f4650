import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv4 } from 'node:net'
import { digestOf, isSameDigest } from '@mtls-gateway/domain'
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

  /** Nobody is trusted, so there are no proxies. */
  get areNone(): boolean {
    return this.#ranges === undefined && this.#secrets.length === 0
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

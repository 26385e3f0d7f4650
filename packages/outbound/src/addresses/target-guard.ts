import type { LookupAddress } from 'node:dns'
import { BlockList, type IPVersion, isIP } from 'node:net'
import { TransportError } from '../failures/transport-error.ts'

// IANA special-purpose registries (RFC 6890 and its successors) without the few entries that are globally reachable.
const ipv4 = [
  '0.0.0.0/8', // this network, unspecified
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT, also the metadata service of Alibaba Cloud
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // the metadata and DNS service of Azure, on an address that looks public
  '169.254.0.0/16', // link-local, the metadata service of most clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocol assignments, the metadata service of Oracle Cloud
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]

// Only 2000::/3 is global unicast. The first three take everything else: unspecified, loopback, ::/96, IPv4-mapped,
// NAT64 (64:ff9b::/96, 64:ff9b:1::/48), unique local, link-local, site-local, multicast, reserved.
const ipv6 = [
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23', // IETF protocol assignments: Teredo, benchmarking, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address in disguise
  '3fff::/20', // documentation
]

/** What no target may have unless it is allowed. The network policy in infra/kubernetes has the same. */
export const refusedTargetRanges: Readonly<Record<IPVersion, readonly string[]>> = { ipv4, ipv6 }

/** The addresses that a target may not have. What the allow list holds is never refused. */
export class TargetAddressRules {
  // By family, as a rule for an IPv6 network that holds ::ffff:0:0/96 matches every IPv4 address too
  readonly #refused = { ipv4: new BlockList(), ipv6: new BlockList() }
  readonly #allowed = { ipv4: new BlockList(), ipv6: new BlockList() }

  /** @throws RangeError for an entry that is neither an address nor a CIDR */
  constructor(allowCidrs: readonly string[]) {
    for (const [lists, cidrs] of [
      [this.#refused, [...ipv4, ...ipv6]],
      [this.#allowed, allowCidrs],
    ] as const) {
      for (const cidr of cidrs) {
        const { network, prefix, family } = parseCidr(cidr)
        lists[family].addSubnet(network, prefix, family)
      }
    }
  }

  /** True for an address that is refused, and for what is no address. */
  check(address: string): boolean {
    // BlockList matches no rule on what is no address, or one of another family than it is told.
    const version = isIP(address)
    if (version === 0) return true
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (this.#allowed[family].check(address, family)) return false
    // A mapped address (::ffff:10.0.0.1) is the IPv4 address that it holds.
    if (family === 'ipv6' && this.#allowed.ipv4.check(address, family)) return false
    return this.#refused[family].check(address, family)
  }
}

function parseCidr(cidr: string): { network: string; prefix: number; family: IPVersion } {
  const [, network = '', digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(cidr) ?? []
  const version = isIP(network)
  const bits = version === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  if (version === 0 || network.includes('%') || prefix > bits) {
    throw new RangeError(`"${cidr}" is not a CIDR such as 10.0.0.0/8 or fd00::/8`)
  }
  return { network, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const defaultTargetPorts: readonly number[] = [443, 8443]

export interface TargetGuardOptions {
  /** Addresses that are let through although they are private or special; each a CIDR or a single address. */
  readonly allowCidrs: readonly string[]
  readonly ports: readonly number[] | 'any'
}

/** How many addresses of a name are kept and tried. */
const mostAddresses = 16
/** The most addresses that are looked at; a name may have more. */
const mostLookedAt = 128

/** Keeps tenants' urls away from the deployment's own network. There is no way to connect without one. */
export class TargetGuard {
  readonly #addresses: TargetAddressRules
  readonly #ports: ReadonlySet<number> | undefined

  /** @throws RangeError for a malformed CIDR */
  constructor(options: TargetGuardOptions) {
    this.#addresses = new TargetAddressRules(options.allowCidrs)
    this.#ports = options.ports === 'any' ? undefined : new Set(options.ports)
  }

  /** Why there is no connection to this port, or to this host where that is an address; undefined if there may be. */
  refusal(host: string, port: number): TransportError | undefined {
    if (this.#ports !== undefined && !this.#ports.has(port)) {
      return new TransportError('TARGET_PORT_REFUSED', { detail: String(port) })
    }
    return isIP(host) !== 0 && this.#addresses.check(host) ? addressRefusal() : undefined
  }

  /**
   * The addresses of a name that may be connected to, and no more than are worth a try. Whoever owns the name chooses
   * how many it has: an answer of DNS holds 4,090, each of which Node would try in turn.
   */
  reachable(found: readonly string[]): LookupAddress[] {
    const allowed = found.slice(0, mostLookedAt).filter((address) => !this.#addresses.check(address))
    return allowed.slice(0, mostAddresses).map((address) => ({ address, family: isIP(address) }))
  }
}

/** A target has addresses, and none that may be connected to. */
export function addressRefusal(): TransportError {
  return new TransportError('TARGET_ADDRESS_REFUSED')
}

import type { Mapping } from './mapping.ts'
import { isUrlPattern, wildcardsOf } from './mapping-url.ts'
import { PathTree } from './path-tree.ts'
import type { TargetUrl } from './target-url.ts'

/** The targets of one service. */
interface Targets {
  /** Urls without a pattern in the path, those of `*.` hosts among them. */
  readonly urls: Map<string, Mapping>
  /** Path patterns, by host and port. */
  readonly below: Map<string, PathTree<Mapping>>
  hasWildcardHosts: boolean
}

const schemeLength = 'https://'.length

/**
 * Which mapping a call falls under: the exact url, then patterns of its exact host, then those of a wildcard host, then
 * that of any host; there an exact path, then the longest prefix. Disabled ones too: they shadow what is behind them.
 *
 * Built by adding one mapping at a time, so that who builds it can pause. A look-up is O(depth of the path).
 */
export class MappingIndex {
  readonly #services = new Map<string, Targets>()

  /** If two mappings have the same service and url, the later one counts; an account has no such two. */
  add(mapping: Mapping): void {
    const targets = this.#targetsOf(mapping.serviceId)
    const { url } = mapping
    if (!isUrlPattern(url)) {
      targets.urls.set(url, mapping)
      return
    }
    targets.hasWildcardHosts ||= url.startsWith('*', schemeLength)
    if (!url.endsWith('/*')) {
      targets.urls.set(url, mapping)
      return
    }
    const pathStart = url.indexOf('/', schemeLength)
    const authority = url.slice(schemeLength, pathStart)
    let tree = targets.below.get(authority)
    if (tree === undefined) {
      tree = new PathTree()
      targets.below.set(authority, tree)
    }
    tree.add(url.slice(pathStart, -1), mapping)
  }

  /** `serviceId` is the service's number. */
  find(serviceId: string, url: TargetUrl): Mapping | undefined {
    const targets = this.#services.get(serviceId)
    if (targets === undefined) return undefined
    const exact = targets.urls.get(url)
    if (exact !== undefined || (targets.below.size === 0 && !targets.hasWildcardHosts)) return exact
    const pathStart = url.indexOf('/', schemeLength)
    const authority = url.slice(schemeLength, pathStart)
    const found = findBelow(targets, authority, url, pathStart)
    if (found !== undefined || !targets.hasWildcardHosts) return found
    for (const wildcard of wildcardsOf(authority)) {
      const mapping =
        targets.urls.get(`https://${wildcard}${url.slice(pathStart)}`) ?? findBelow(targets, wildcard, url, pathStart)
      if (mapping !== undefined) return mapping
    }
    return undefined
  }

  /**
   * What a call falls under that names no service: at most one mapping of each. Those that are enabled, or the disabled
   * ones if there are no others: a mapped url is never called without its certificate.
   * @param among numbers of the services that count; undefined: all
   */
  findOfAnyService(url: TargetUrl, among?: ReadonlySet<string>): readonly Mapping[] {
    const found = [...(among ?? this.#services.keys())].flatMap((serviceId) => this.find(serviceId, url) ?? [])
    const enabled = found.filter(({ enable }) => enable)
    return enabled.length > 0 ? enabled : found
  }

  #targetsOf(serviceId: string): Targets {
    const known = this.#services.get(serviceId)
    if (known !== undefined) return known
    const targets = { urls: new Map(), below: new Map(), hasWildcardHosts: false }
    this.#services.set(serviceId, targets)
    return targets
  }
}

function findBelow({ below }: Targets, authority: string, url: string, pathStart: number): Mapping | undefined {
  const query = url.indexOf('?', pathStart)
  return below.get(authority)?.longest(url, pathStart, query === -1 ? url.length : query)
}

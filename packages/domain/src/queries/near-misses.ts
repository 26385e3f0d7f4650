import type { Mapping } from '../mappings/mapping.ts'
import { isUrlPattern, type MappingUrl, wildcardsOf } from '../mappings/mapping-url.ts'
import type { TargetUrl } from '../mappings/target-url.ts'

/**
 * Why a mapping that looks meant is not the one of a call: `query`, `case` (of the path), `trailing-slash` and
 * `service` differ; it is `disabled`; it is `shadowed` by one that is more specific.
 */
export const nearMissDifferences = ['query', 'case', 'trailing-slash', 'service', 'disabled', 'shadowed'] as const

export type NearMissDifference = (typeof nearMissDifferences)[number]

export interface NearMiss {
  readonly mapping: Mapping
  /** At least one. */
  readonly differences: readonly NearMissDifference[]
}

const maxNearMisses = 20

/**
 * The nearest first, at most 20. Without `serviceId` the call names no service. `deciding` are the mappings that the
 * call falls under: near misses themselves if they are disabled. Pauses after each mapping.
 */
export function* nearMisses(
  mappings: readonly Mapping[],
  serviceId: string | undefined,
  url: TargetUrl,
  deciding: readonly Mapping[],
): Generator<undefined, readonly NearMiss[]> {
  const call = partsOf(url)
  const found: NearMiss[] = []
  for (const mapping of mappings) {
    const differences = differencesOf(mapping, serviceId, call, deciding)
    if (differences.length > 0) found.push({ mapping, differences })
    yield
  }
  return found.sort((one, other) => one.differences.length - other.differences.length).slice(0, maxNearMisses)
}

/** None where more differs than what makes a near miss. */
function differencesOf(
  mapping: Mapping,
  serviceId: string | undefined,
  call: Parts,
  deciding: readonly Mapping[],
): readonly NearMissDifference[] {
  const ofUrl = urlDifferences(mapping.url, call)
  if (ofUrl === undefined) return []
  const differences: NearMissDifference[] = [...ofUrl]
  if (serviceId !== undefined && mapping.serviceId !== serviceId) differences.push('service')
  // A call that names no service passes over disabled mappings of other services: nothing shadows them.
  const canBeShadowed = serviceId !== undefined || mapping.enable
  if (differences.length === 0 && !deciding.includes(mapping) && canBeShadowed) differences.push('shadowed')
  if (!mapping.enable) differences.push('disabled')
  return differences
}

interface Parts {
  /** Host and port. */
  readonly authority: string
  readonly path: string
  readonly query: string
}

function partsOf(url: MappingUrl): Parts {
  const [, authority = '', path = '', query = ''] = /^https:\/\/([^/]*)([^?]*)(.*)/s.exec(url) ?? []
  return { authority, path, query }
}

/** Undefined where more differs than query, case and a slash at the end. */
function urlDifferences(mappedUrl: MappingUrl, call: Parts): readonly NearMissDifference[] | undefined {
  const mapped = partsOf(mappedUrl)
  if (!isSameAuthority(mapped.authority, call.authority)) return undefined
  const isPrefix = isUrlPattern(mappedUrl) && mapped.path.endsWith('/*')
  const wanted = isPrefix ? mapped.path.slice(0, -1) : mapped.path
  const matches = (path: string, by: string) => (isPrefix ? path.startsWith(by) : path === by)
  const ofPath = pathDifferences(call.path, wanted, matches)
  if (ofPath === undefined || isPrefix || mapped.query === call.query) return ofPath
  return [...ofPath, 'query']
}

function isSameAuthority(mapped: string, called: string): boolean {
  return mapped.startsWith('*') ? wildcardsOf(called).includes(mapped) : mapped === called
}

function pathDifferences(
  path: string,
  wanted: string,
  matches: (path: string, wanted: string) => boolean,
): readonly NearMissDifference[] | undefined {
  if (matches(path, wanted)) return []
  const [folded, foldedWanted] = [path.toLowerCase(), wanted.toLowerCase()]
  if (matches(folded, foldedWanted)) return ['case']
  const turned = (text: string) => (text.endsWith('/') ? text.slice(0, -1) : `${text}/`)
  if (matches(turned(path), wanted)) return ['trailing-slash']
  return matches(turned(folded), foldedWanted) ? ['case', 'trailing-slash'] : undefined
}

import type { Account } from '../account/account.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { MappingIndex } from '../mappings/mapping-index.ts'
import { isUrlPattern } from '../mappings/mapping-url.ts'
import type { TargetUrl } from '../mappings/target-url.ts'

/** A url to probe, and the mappings that it is probed for: they trust their target alike. */
export interface PlannedUrl {
  readonly url: TargetUrl
  readonly mappings: readonly [Mapping, ...Mapping[]]
}

export interface ProbePlan {
  readonly urls: readonly PlannedUrl[]
  /** Disabled, or a pattern that none of the urls falls under. */
  readonly skipped: readonly Mapping[]
}

/**
 * What there is to probe of a certificate: each url that is mapped to it, and for patterns those of `urls` that fall
 * under them.
 * @throws CodedError `VALIDATION_FAILED`: one of `urls` falls under no mapping of the certificate
 */
export function planProbe({ mappings }: Account, id: CertificateId, urls: readonly TargetUrl[]): ProbePlan {
  const planned = new Map<string, PlannedUrl>()
  const skipped: Mapping[] = []
  const used = new Set<TargetUrl>()
  for (const mapping of mappings) {
    if (mapping.certificateId !== id) continue
    const fitting = urlsOf(mapping, urls)
    for (const url of fitting) used.add(url)
    if (!mapping.enable || fitting.length === 0) skipped.push(mapping)
    else for (const url of fitting) addUrl(planned, url, mapping)
  }
  const stranger = urls.find((url) => !used.has(url))
  if (stranger === undefined) return { urls: [...planned.values()], skipped }
  throw new CodedError('VALIDATION_FAILED', `${stranger} falls under no mapping of this certificate.`, {
    details: { field: 'urls' },
  })
}

/** The mapped url, or those that fall under its pattern. */
function urlsOf(mapping: Mapping, urls: readonly TargetUrl[]): readonly TargetUrl[] {
  const { url: mapped, serviceId } = mapping
  if (!isUrlPattern(mapped)) return [mapped]
  const index = new MappingIndex()
  index.add(mapping)
  return urls.filter((url) => index.find(serviceId, url) !== undefined)
}

function addUrl(planned: Map<string, PlannedUrl>, url: TargetUrl, mapping: Mapping): void {
  const key = JSON.stringify([url, mapping.targetTrust])
  const known = planned.get(key)
  planned.set(key, { url, mappings: known ? [...known.mappings, mapping] : [mapping] })
}

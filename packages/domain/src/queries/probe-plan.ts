import type { Account } from '../account/account.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { isUrlPattern, type UrlPattern, wildcardsOf } from '../mappings/mapping-url.ts'
import type { TargetUrl } from '../mappings/target-url.ts'

const schemeLength = 'https://'.length

/** A url to probe, and the mappings that it is probed for: they connect to their target alike. */
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
 * under them. Each of 10,000 patterns is compared with 100 urls, so it pauses after each mapping.
 * @throws CodedError `VALIDATION_FAILED`: one of `urls` falls under no mapping of the certificate
 */
export function* planProbe(
  { mappings }: Account,
  id: CertificateId,
  urls: readonly TargetUrl[],
): Generator<undefined, ProbePlan> {
  const planned = new PlannedUrls()
  const skipped: Mapping[] = []
  const used = new Set<TargetUrl>()
  const asked = urls.map(askedUrl)
  for (const mapping of mappings) {
    yield
    if (mapping.certificateId !== id) continue
    const fitting = urlsOf(mapping, asked)
    for (const url of fitting) used.add(url)
    if (!mapping.enable || fitting.length === 0) skipped.push(mapping)
    else planned.add(fitting, mapping)
  }
  const stranger = urls.find((url) => !used.has(url))
  if (stranger === undefined) return { urls: planned.all, skipped }
  throw new CodedError('VALIDATION_FAILED', `${stranger} falls under no mapping of this certificate.`, {
    details: { field: 'urls' },
  })
}

/** Whether a probe that is told this url calls it for this mapping. */
export function fallsUnder(url: string, { url: mapped }: Mapping): boolean {
  return isUrlPattern(mapped) ? isUnder(mapped)(askedUrl(url)) : url === mapped
}

/** A url that was asked for. */
interface AskedUrl<Url extends string> {
  readonly url: Url
  /** As mappings of wildcard hosts have it. */
  readonly ofWildcards: readonly string[]
}

function askedUrl<Url extends string>(url: Url): AskedUrl<Url> {
  const path = url.indexOf('/', schemeLength)
  const hosts = wildcardsOf(url.slice(schemeLength, path))
  return { url, ofWildcards: hosts.map((host) => `https://${host}${url.slice(path)}`) }
}

/** The mapped url, or those that fall under its pattern. */
function urlsOf({ url: mapped }: Mapping, asked: readonly AskedUrl<TargetUrl>[]): readonly TargetUrl[] {
  if (!isUrlPattern(mapped)) return [mapped]
  const fits = isUnder(mapped)
  return asked.flatMap((each) => (fits(each) ? [each.url] : []))
}

function isUnder(pattern: UrlPattern): (asked: AskedUrl<string>) => boolean {
  const isOfWildcard = pattern.startsWith('*', schemeLength)
  const prefix = pattern.endsWith('/*') ? pattern.slice(0, -1) : undefined
  const fits = (url: string) => (prefix === undefined ? url === pattern : url.startsWith(prefix))
  return ({ url, ofWildcards }) => (isOfWildcard ? ofWildcards.some(fits) : fits(url))
}

/** Each url once for every trust and TLS settings that it is mapped with. */
class PlannedUrls {
  readonly all: { readonly url: TargetUrl; readonly mappings: [Mapping, ...Mapping[]] }[] = []
  readonly #byConnection = new Map<string, Map<TargetUrl, Mapping[]>>()

  add(urls: readonly TargetUrl[], mapping: Mapping): void {
    const connection = JSON.stringify([mapping.targetTrust, mapping.targetTls])
    const known = this.#byConnection.get(connection) ?? new Map<TargetUrl, Mapping[]>()
    this.#byConnection.set(connection, known)
    for (const url of urls) {
      const mappings = known.get(url)
      if (mappings) {
        mappings.push(mapping)
        continue
      }
      const first: [Mapping] = [mapping]
      known.set(url, first)
      this.all.push({ url, mappings: first })
    }
  }
}

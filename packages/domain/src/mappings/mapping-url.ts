import { CodedError } from '../errors/coded-error.ts'
import { limitExceeded } from '../limits/limits.ts'
import { maxTargetUrlBytes, parseTargetUrl, type TargetUrl } from './target-url.ts'

declare const brand: unique symbol

/**
 * A pattern over target urls, normalised as they are: a path that ends in `/*`, a host that begins with `*.`, or both.
 * `*.` stands for one label; `/a/*` for `/a/` and all below it, with any query. Or a host that is `*`, perhaps with a
 * port, and the path `/*`: any host at this port. Made by {@link parseMappingUrl} alone.
 */
export type UrlPattern = string & { readonly [brand]: 'UrlPattern' }

/** What a mapping is for: one target, or all that a pattern matches. */
export type MappingUrl = TargetUrl | UrlPattern

/** A wildcard at the beginning of the host, and one at the end of the path; the rest in between; the fragment goes. */
const marks = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(\*\.)?([^*#]*)(\*)?(?:#.*)?$/s
const anyHost = /^https:\/\/\*(:\d*)?\/\*$/i
const pattern = /^https:\/\/\*\.|^[^?]*\/\*$/
/** The end of an IPv4 address in any of its spellings: a label in front of it makes no sense. */
const numericEnd = /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/

/**
 * @throws CodedError `TARGET_URL_NOT_CANONICAL` also for a `*` anywhere else before the query, `TARGET_URL_NOT_HTTPS`,
 *   `LIMIT_EXCEEDED`
 */
export function parseMappingUrl(text: string): MappingUrl {
  if (text.length > maxTargetUrlBytes) throw limitExceeded('url', maxTargetUrlBytes, 'bytes')
  // Behind the path a "*" is one character of the query like any other.
  const star = text.indexOf('*')
  const pathEnd = text.search(/[?#]|$/)
  if (star === -1 || pathEnd < star) return parseTargetUrl(text).normalised
  const [all, port = ''] = anyHost.exec(text) ?? []
  if (all !== undefined) {
    const { port: number } = parseTargetUrl(`https://host${port}/`)
    return `https://*${number === 443 ? '' : `:${number}`}/*` as UrlPattern
  }
  const [, scheme = '', wildcard = '', rest = '', tail = ''] = marks.exec(text) ?? refuseStar()
  if (tail !== '' && (!rest.endsWith('/') || rest.includes('?'))) refuseStar()
  const { hostname, normalised } = parseTargetUrl(scheme + rest)
  if (wildcard !== '' && (hostname.startsWith('[') || numericEnd.test(hostname))) refuseStar()
  return `https://${wildcard}${normalised.slice('https://'.length)}${tail}` as UrlPattern
}

/** By its shape, which no mapped target has: in those a `*` is refused. */
export function isUrlPattern(url: MappingUrl): url is UrlPattern {
  return url.includes('*') && pattern.test(url)
}

/** Its host as it stands there, with a port that is not the default one; of a pattern, too. */
export function hostOf(url: MappingUrl): string {
  const start = 'https://'.length
  return url.slice(start, url.indexOf('/', start))
}

/** Whether it is for any host at a port. */
export function isAnyHost(url: MappingUrl): boolean {
  return anyHost.test(url)
}

/**
 * The hosts of patterns that a host, with its port if it has one, falls under; the more specific one first.
 * @param authority as in a {@link TargetUrl}
 */
export function wildcardsOf(authority: string): readonly string[] {
  const dot = authority.indexOf('.')
  const any = `*${/:\d+$/.exec(authority)?.[0] ?? ''}`
  return dot < 1 ? [any] : [`*${authority.slice(dot)}`, any]
}

function refuseStar(): never {
  throw new CodedError(
    'TARGET_URL_NOT_CANONICAL',
    'A "*" stands at the end of a path, as in https://host/a/*, for the first label of a host name, as in https://*.example.com/, for any host, as in https://*/*, and nowhere else before the query.',
  )
}

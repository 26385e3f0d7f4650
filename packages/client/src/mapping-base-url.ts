import { baseUrlPath } from '@mtls-gateway/contract/words'
import { baseUrlOf } from './base-url.ts'

export interface MappingPlace {
  /** Base url of forwarder-api, such as `https://forwarder.example`. */
  readonly forwarder: string
  /** Takes one that begins with `http://` for other machines, too, where a network of your own protects it. */
  readonly allowHttp?: boolean
  readonly account: string
  /** The id of the mapping. */
  readonly mapping: string | number
}

/**
 * The base url that stands for the url of a mapping, without a slash at the end: for programs that take one.
 * @throws TypeError for a forwarder that may not be called over http
 */
export function mappingBaseUrl({ forwarder, allowHttp, account, mapping }: MappingPlace): string {
  const path = baseUrlPath
    .replace('{accountId}', encodeURIComponent(account))
    .replace('{mappingId}', encodeURIComponent(mapping))
  return baseUrlOf(forwarder, allowHttp) + path
}

/**
 * A url below a base url as fetch sends it, without its fragment.
 * @param pathOrUrl what follows the base url, with or without a slash in front, or all of it
 * @throws TypeError for what would be outside
 */
export function urlBelow(baseUrl: string, pathOrUrl: string): string {
  const isWhole = URL.canParse(pathOrUrl)
  const url = new URL(isWhole ? pathOrUrl : `${baseUrl}${/^(?:[/?#]|$)/.test(pathOrUrl) ? '' : '/'}${pathOrUrl}`)
  url.hash = ''
  const { href } = url
  if (href.startsWith(baseUrl) && /^(?:[/?]|$)/.test(href.slice(baseUrl.length))) return href
  throw new TypeError(`${pathOrUrl} is not below ${baseUrl}: give the path that follows it`)
}

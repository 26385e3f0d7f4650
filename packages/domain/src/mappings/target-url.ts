import { CodedError } from '../errors/coded-error.ts'
import { limitExceeded } from '../limits/limits.ts'

declare const brand: unique symbol

/**
 * A target as mappings compare it, whole, query included: scheme and host in lower case, the default port dropped,
 * an empty path `/`, no fragment. Made by {@link parseTargetUrl} alone.
 */
export type TargetUrl = string & { readonly [brand]: 'TargetUrl' }

export const maxTargetUrlBytes = 2_048

/** The parts of a target in the caller's own bytes: nothing is decoded, encoded or resolved. */
export interface ParsedTargetUrl {
  readonly normalised: TargetUrl
  /** Host in lower case, without port; IPv6 literals keep their brackets. */
  readonly hostname: string
  readonly port: number
  /** `https://host:port`, the default port included. */
  readonly origin: string
  /** Path and query exactly as the caller wrote them; this goes to the target. */
  readonly pathAndQuery: string
}

const shape = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?$/s
// Printable ASCII without what WHATWG parsing rewrites or RFC 3986 forbids: backslash, space, quotes, < > ^ ` { | }
const forbidden = /[^\x21-\x7e]|[\\"<>^`{|}]/
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?=\/|$)/i
const badEscape = /%(?![0-9A-Fa-f]{2})/
const domainName = /^(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/
const ipv6Literal = /^\[[0-9a-f:.]{2,45}\]$/

/**
 * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED` (more than 2,048 bytes)
 */
export function parseTargetUrl(text: string): ParsedTargetUrl {
  if (text.length > maxTargetUrlBytes) throw limitExceeded('url', maxTargetUrlBytes, 'bytes')
  if (forbidden.test(text)) {
    refuse('it has a control character, white space, a backslash or a character that must be percent-encoded')
  }
  const [, scheme = '', authority = '', path = '', query = ''] = shape.exec(text) ?? refuseWithoutScheme(text)
  if (scheme.toLowerCase() !== 'https') {
    throw new CodedError('TARGET_URL_NOT_HTTPS', 'Only urls that begin with https:// can be called.')
  }
  if (authority.includes('@')) refuse('it has user info; send credentials by LP-authorization-override')
  if (dotSegment.test(path)) refuse('its path has a dot segment (also as %2e); write the path that is meant')
  if (badEscape.test(path) || badEscape.test(query)) refuse('it has a "%" that begins no percent-encoding')
  const { hostname, port } = parseAuthority(authority)
  const pathAndQuery = (path === '' ? '/' : path) + query
  const normalised = `https://${hostname}${port === 443 ? '' : `:${port}`}${pathAndQuery}` as TargetUrl
  return { normalised, hostname, port, origin: `https://${hostname}:${port}`, pathAndQuery }
}

/** Takes a name in lower case; true also for one that ends in a dot. */
export function isDomainName(name: string): boolean {
  return domainName.test(name)
}

function parseAuthority(authority: string): { hostname: string; port: number } {
  const [, rawHost = '', rawPort] =
    /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(authority) ?? refuse('its host is malformed')
  const hostname = rawHost.toLowerCase()
  if (!isDomainName(hostname) && !ipv6Literal.test(hostname)) refuse('its host is malformed')
  // What is compared is what is called: parsers read 0x7f.1 as 127.0.0.1 and refuse 256.1.1.1.
  if (URL.parse(`https://${hostname}/`)?.hostname !== hostname) {
    refuse('its host is a number in disguise, not the shortest form of its address, or no valid name')
  }
  const port = rawPort === undefined || rawPort === '' ? 443 : Number(rawPort)
  if (port < 1 || port > 65_535) refuse('its port is not between 1 and 65535')
  return { hostname, port }
}

function refuse(reason: string): never {
  throw new CodedError('TARGET_URL_NOT_CANONICAL', `This url can't be used as it is written: ${reason}.`)
}

/** Most people leave out the scheme: they are shown their own url with it, where that is all that it lacks. */
function refuseWithoutScheme(text: string): never {
  if (text === '') refuse('it is empty; write https:// and the host, such as https://bank.example/token')
  const whole = `https://${text.replace(/^\/\//, '')}`
  const { hostname, port } = URL.parse(whole) ?? { hostname: '', port: '' }
  refuse(
    hostname.includes('.') || port !== ''
      ? `it has no https:// at its start; write ${whole}`
      : 'it must begin with https:// and a host',
  )
}

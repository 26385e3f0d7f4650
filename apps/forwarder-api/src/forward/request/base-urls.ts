import type { IncomingMessage } from 'node:http'
import { type AccountId, CodedError, type Mapping, parseMappingId, type ServiceCatalogue } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccountReader } from '@mtls-gateway/registry'
import type { Principal, RequestAddress } from '@mtls-gateway/request-auth'
import { authorizeService } from '../caller/allowed-services.ts'
import { type ForwardInstructions, readInstructions } from '../headers/request-headers.ts'

/** A call to `/mtls/account/{accountId}/to/{mappingId}/rest/of/path?query`. */
export interface BaseUrlCall {
  /** The id of the mapping, not validated yet. */
  readonly mapping: string
  /** What follows the id, with the query, as the caller wrote it: empty, or it begins with `/` or `?`. */
  readonly rest: string
}

/** Who makes such a call. */
export interface BaseUrlCaller {
  readonly principal: Principal
  readonly request: Pick<IncomingMessage, 'headers' | 'socket'>
}

/** Its url is the base, without its `*`. */
interface Base {
  readonly mapping: Mapping
  readonly url: string
  /** It has a path of its own behind it; otherwise the url is the only one. */
  readonly isOpen: boolean
}

/** Targets that know path parameters read `..;` as `..`. */
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?=[/;]|%3b|$)/i
const encodedSeparator = /%2f|%5c/i
const absoluteUrl = /^\/[a-z][a-z0-9+.-]*(?::|%3a)\//i

/**
 * Makes a call by base url into one by LP-forward-url: its target is the url of the mapping with what follows the
 * mapping's id in the path. What could be read as a url outside of the base is refused.
 */
export class BaseUrls {
  readonly #accounts: Pick<AccountReader, 'get' | 'revalidate'>
  readonly #services: ServiceCatalogue
  readonly #publicBaseUrls: readonly string[]
  readonly #addressOf: (request: BaseUrlCaller['request']) => RequestAddress
  /** What callers have in front of the gateway's own paths. */
  readonly #prefix: string

  /** @param publicBaseUrls where callers reach this service, if it is known */
  constructor(
    accounts: Pick<AccountReader, 'get' | 'revalidate'>,
    services: ServiceCatalogue,
    publicBaseUrls: readonly string[],
    addressOf: (request: BaseUrlCaller['request']) => RequestAddress,
  ) {
    this.#accounts = accounts
    this.#services = services
    this.#publicBaseUrls = publicBaseUrls
    this.#addressOf = addressOf
    const [publicBaseUrl] = publicBaseUrls
    this.#prefix = publicBaseUrl === undefined ? '' : new URL(publicBaseUrl).pathname.replace(/\/$/, '')
  }

  /**
   * Only for callers that may call for the account.
   * @param gateway the `LP-*` fields, by lower-case name
   * @throws CodedError `MAPPING_NOT_FOUND`, `SERVICE_NOT_ALLOWED`, `NOT_A_BASE_URL`, `TARGET_URL_NOT_CANONICAL`,
   *   `UNKNOWN_SERVICE`, `VALIDATION_FAILED`, `STORE_UNAVAILABLE`
   */
  resolve(
    accountId: AccountId,
    { mapping, rest }: BaseUrlCall,
    gateway: ReadonlyMap<string, string>,
    { principal, request }: BaseUrlCaller,
  ): MaybePromise<ForwardInstructions> {
    if (gateway.has('lp-forward-url')) {
      refuse('The path of this call names its target already. Leave LP-forward-url out.')
    }
    const [path, whole] = splitRest(rest)
    // Whoever signs may have put the hash of the `LP-*` headers there. All else is the target's, byte for byte.
    const query = principal.kind === 'oauth1' ? withoutHash(whole) : whole
    return andThen(this.#find(accountId, mapping), (found) => {
      // First: what else a refusal would say is not for callers of other services.
      authorizeService(principal, found.serviceId, this.#services)
      const base = baseOf(found)
      const targetUrl = targetOf(base, path, query)
      this.#checkService(found, gateway.get('lp-service-name'))
      const entry = `${this.#prefix}/mtls/account/${accountId}/to/${found.id}`
      return {
        ...readInstructions(gateway, targetUrl),
        serviceName: found.serviceId,
        // Whoever names a mapping does not want to call without its certificate.
        stopIfCertificateNotFound: true,
        relocate: (location) => {
          const url = resolvedLocation(location, targetUrl)
          return url && (belowEntry(url, base, entry) ?? (this.#isOwn(url, request) ? undefined : url.href))
        },
      }
    })
  }

  /** Whether it leads to this gateway by a name that callers know, whatever the scheme. */
  #isOwn({ host }: URL, request: BaseUrlCaller['request']): boolean {
    const { host: called, forwarded } = this.#addressOf(request)
    const names = [called, forwarded?.host].filter((name) => name !== undefined).map((name) => `https://${name}`)
    return [...this.#publicBaseUrls, ...names].some((url) => {
      const own = URL.parse(url)
      return own !== null && withoutRoot(own.host) === withoutRoot(host)
    })
  }

  #find(accountId: AccountId, text: string): MaybePromise<Mapping> {
    const id = parseMappingId(text) ?? mappingNotFound()
    return andThen(this.#accounts.get(accountId), (account) => {
      const mapping = account?.findMappingById(id)
      if (mapping !== undefined) return mapping
      // It may have been made a moment ago.
      return andThen(
        this.#accounts.revalidate(accountId, 'unknown-mapping'),
        (newer) => newer?.findMappingById(id) ?? mappingNotFound(),
      )
    })
  }

  #checkService({ id, serviceId }: Mapping, named: string | undefined): void {
    if (!named || this.#services.resolve(named).number === serviceId) return
    const { name } = this.#services.numbered(serviceId)
    refuse(`LP-service-name names another service than mapping ${id}, which is for ${name}. Leave it out.`)
  }
}

/** The path, and the query with its `?`. @throws CodedError `TARGET_URL_NOT_CANONICAL` */
function splitRest(rest: string): readonly [path: string, query: string] {
  const mark = rest.indexOf('?')
  const path = mark === -1 ? rest : rest.slice(0, mark)
  if (dotSegment.test(path)) notCanonical('it has a dot segment (also as %2e); write the path that is meant')
  if (encodedSeparator.test(path)) notCanonical('it has an encoded slash or backslash')
  if (path.includes('\\')) notCanonical('it has a backslash')
  if (path.startsWith('//')) notCanonical('it begins with two slashes; write one')
  if (absoluteUrl.test(path)) notCanonical('it begins with another url; write only the path below the base url')
  if (rest.includes('#')) notCanonical('it has a fragment; leave it out')
  return [path, mark === -1 ? '' : rest.slice(mark)]
}

function withoutHash(query: string): string {
  if (!query.includes('lp_hash=')) return query
  const parameters = query.slice(1).split('&')
  const others = parameters.filter((parameter) => !parameter.startsWith('lp_hash='))
  if (others.length === parameters.length) return query
  return others.length === 0 ? '' : `?${others.join('&')}`
}

/** @throws CodedError `NOT_A_BASE_URL` */
function baseOf(mapping: Mapping): Base {
  const { id, url } = mapping
  if (url.startsWith('https://*')) {
    notABase(`Mapping ${id} is for many hosts, so its url is no base. Map the url of one host, such as https://host/*.`)
  }
  // Not by `isUrlPattern`: a url that ends with `/*` behind a `?` is the only one of its mapping.
  const isOpen = url.endsWith('/*') && !url.includes('?')
  return { mapping, url: isOpen ? url.slice(0, -1) : url, isOpen }
}

/** @throws CodedError `NOT_A_BASE_URL` */
function targetOf({ mapping, url, isOpen }: Base, path: string, query: string): string {
  const below = url.endsWith('/') && path.startsWith('/') ? path.slice(1) : path
  if (!isOpen && (below !== '' || (query !== '' && url.includes('?')))) {
    notABase(
      `Mapping ${mapping.id} is for one url alone: call it with nothing behind the id. Map a url that ends with /* to call others.`,
    )
  }
  return url + below + query
}

/**
 * Where a Location leads from the called url. It is always answered in this form, as callers would read `https:x` or
 * `\\x` relative to the gateway. Undefined: nobody can tell.
 */
function resolvedLocation(location: string, calledUrl: string): URL | undefined {
  // Header values have one character a byte, and a byte stays the same one, whatever its target means by it.
  const ascii = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
  return URL.parse(ascii, calledUrl) ?? undefined
}

/** A url inside of the base as a path of the gateway, so that whoever follows it presents the certificate again. */
function belowEntry({ href, hash }: URL, { url, isOpen }: Base, entry: string): string | undefined {
  if (isOpen && href.startsWith(url)) return `${entry}/${href.slice(url.length)}`
  return !isOpen && href === url + hash ? entry + hash : undefined
}

/** DNS takes `host.` for `host`. */
function withoutRoot(host: string): string {
  return host.replace(/\.(?=$|:)/, '')
}

function notCanonical(reason: string): never {
  throw new CodedError('TARGET_URL_NOT_CANONICAL', `The path behind the base url can't be used: ${reason}.`)
}

function notABase(sentence: string): never {
  throw new CodedError('NOT_A_BASE_URL', sentence)
}

function mappingNotFound(): never {
  throw new CodedError('MAPPING_NOT_FOUND', 'This account has no such mapping. List the mappings for ids.')
}

function refuse(sentence: string): never {
  throw new CodedError('VALIDATION_FAILED', sentence)
}

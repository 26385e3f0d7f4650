import { CodedError, isCodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { parseTargetUrl, type TargetUrl } from './target-url.ts'

/** How a client shows a token endpoint who it is (RFC 7591 section 2, RFC 7523, RFC 8705 section 2). */
export const clientAuthMethods = [
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const
export type ClientAuthMethod = (typeof clientAuthMethods)[number]

/** Whom the assertion of `private_key_jwt` is for: the authorization server by its name, or its token endpoint. */
export const assertionAudiences = ['issuer', 'tokenUrl'] as const
export type AssertionAudience = (typeof assertionAudiences)[number]

/** A secret that has gone in and never comes out: the record that has it, and what may be told. */
export interface HeldSecret {
  /** Names the record, below `target-secrets`. */
  readonly secretId: RecordId
  /** A MAC of it, by which the same secret is known when it is sent again; absent: an older release has set it. */
  readonly mac?: string
  /** ISO 8601 in UTC. */
  readonly setAt: string
  readonly setBy: string
  /** That of the mapping when it was set: it goes nowhere else, whatever release changes the url. */
  readonly host: string
}

/** Calls have an access token of this endpoint, by client credentials (RFC 6749 section 4.4). */
export interface OAuth2Auth {
  readonly type: 'oauth2'
  readonly tokenUrl: TargetUrl
  readonly clientId: string
  readonly method: ClientAuthMethod
  /** The server's own name (RFC 8414), to the letter: it compares texts. */
  readonly issuer?: string
  /** Absent: `issuer`. */
  readonly assertionAudience?: AssertionAudience
  /** Separated by spaces. */
  readonly scope?: string
  /** More of the request, such as `resource` (RFC 8707) or `audience`. */
  readonly parameters?: Readonly<Record<string, string>>
  /** That of the client, where the method needs one. */
  readonly secret?: HeldSecret
}

/** Calls have these header fields. */
export interface HeadersAuth {
  readonly type: 'headers'
  readonly headers: readonly { readonly name: string; readonly secret: HeldSecret }[]
}

/** What a target wants beside the certificate (docs/target-credentials.md). */
export type TargetAuth = OAuth2Auth | HeadersAuth

/** A secret that was sent: its record, and a MAC of it. */
export interface AskedSecret {
  readonly secretId?: RecordId | undefined
  readonly mac?: string | undefined
}

/** As it is asked for; the secrets that were sent are records already. */
export type AskedTargetAuth =
  | (Omit<OAuth2Auth, 'secret'> & AskedSecret)
  | { readonly type: 'headers'; readonly headers: readonly ({ readonly name: string } & AskedSecret)[] }

/** @throws CodedError as {@link parseTargetUrl}, with the field: a mapping has another url as well */
export function parseTokenUrl(text: string): TargetUrl {
  try {
    return parseTargetUrl(text).normalised
  } catch (error) {
    if (!isCodedError(error)) throw error
    const { code, message, details } = error
    throw new CodedError(code, message, { details: { ...details, field: 'targetAuth.tokenUrl' } })
  }
}

/**
 * As it was sent: servers compare it with theirs as texts.
 * @throws CodedError `TARGET_AUTH_INVALID`
 */
export function parseIssuer(text: string, field: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // RFC 8414 section 2: neither a query nor a fragment.
  if (url?.protocol === 'https:' && !/[?#@]|[^\x21-\x7e]/.test(text)) return text
  return refuse(`"${field}" has to be an https url without a query, as the authorization server states it.`, field)
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** They frame or route the request, or the gateway sets them itself. */
const reserved =
  /^(?:lp-.*|x-forwarded-.*|proxy-.*|connection|content-length|expect|forwarded|host|keep-alive|te|trailer|transfer-encoding|upgrade|via|x-real-ip)$/

export function isHeaderName(name: string): boolean {
  return token.test(name)
}

/** Some servers take "_" for "-". */
export function isReservedHeader(name: string): boolean {
  return reserved.test(name.toLowerCase().replaceAll('_', '-'))
}

/** As it was sent: names are compared without regard to case. @throws CodedError `TARGET_AUTH_INVALID` */
export function parseAuthHeaderName(name: string, field: string): string {
  if (!isHeaderName(name)) refuse(`"${field}" is not the name of a header field.`, field)
  if (isReservedHeader(name)) {
    refuse(`The header field "${name}" is the gateway's own. Choose another.`, field)
  }
  return name
}

/** What a header field or a form can carry: printable ASCII. @throws CodedError `TARGET_AUTH_INVALID` */
export function parseSecret(text: string, field: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)) return text
  return refuse(`"${field}" has to be printable ASCII without spaces at its ends.`, field)
}

/** By what was set: it never changes. */
const keys = new WeakMap<TargetAuth, string>()

/** Equal only where all of it is, secrets included. */
export function targetAuthKey(auth: TargetAuth): string {
  const known = keys.get(auth)
  if (known !== undefined) return known
  const key = JSON.stringify(auth)
  keys.set(auth, key)
  return key
}

/** Whether this method has a secret of the client. */
export function needsClientSecret(method: ClientAuthMethod): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post'
}

/** The records of secrets that it names. */
export function targetSecretIds(auth: TargetAuth | undefined): readonly RecordId[] {
  return heldSecrets(auth).map(({ secretId }) => secretId)
}

/** Whether all of its secrets were set for a mapping of this host. */
export function isForHost(auth: TargetAuth, host: string): boolean {
  return heldSecrets(auth).every((secret) => secret.host === host)
}

function heldSecrets(auth: TargetAuth | undefined): readonly HeldSecret[] {
  if (auth === undefined) return []
  if (auth.type === 'headers') return auth.headers.map(({ secret }) => secret)
  return auth.secret === undefined ? [] : [auth.secret]
}

/**
 * What a mapping has after a change. A secret that was not sent stays, but is never shown to anybody new: not where the
 * token endpoint, the client or the host of the mapping is another.
 * @param host that the mapping has, or gets
 * @throws CodedError `TARGET_SECRET_NEEDED`
 */
export function nextTargetAuth(
  present: TargetAuth | undefined,
  asked: AskedTargetAuth | undefined,
  { at, actor }: { readonly at: string; readonly actor: string },
  host: string,
): TargetAuth | undefined {
  const held = (secretId: RecordId, mac: string | undefined): HeldSecret => ({
    ...{ secretId, setAt: at, setBy: actor, host },
    ...(mac !== undefined && { mac }),
  })
  const isElsewhere = present !== undefined && !isForHost(present, host)
  if (asked === undefined) {
    if (isElsewhere) secretNeeded('url', 'The mapping is for another host now')
    return present
  }
  if (asked.type === 'headers') {
    const known = present?.type === 'headers' && !isElsewhere ? present.headers : []
    const headers = asked.headers.map(({ name, secretId, mac }, index) => {
      if (secretId !== undefined) return { name, secret: held(secretId, mac) }
      const kept = known.find((each) => each.name.toLowerCase() === name.toLowerCase())?.secret
      const why = `The value of "${name}" is not known, or was for another host`
      return { name, secret: kept ?? secretNeeded(`headers.${index}.secret`, why) }
    })
    return { type: 'headers', headers }
  }
  const { secretId, mac, ...auth } = asked
  if (!needsClientSecret(auth.method)) return auth
  if (secretId !== undefined) return { ...auth, secret: held(secretId, mac) }
  const secret = keptSecret(present, auth, host)
  const why = 'It is not known, or was for another token endpoint, client or host'
  return { ...auth, secret: secret ?? secretNeeded('secret', why) }
}

/** The secret of a client that may stay: it is shown to nobody new. */
function keptSecret(
  present: TargetAuth | undefined,
  { tokenUrl, clientId }: Pick<OAuth2Auth, 'tokenUrl' | 'clientId'>,
  host: string,
): HeldSecret | undefined {
  if (present?.type !== 'oauth2' || present.tokenUrl !== tokenUrl || present.clientId !== clientId) return undefined
  return isForHost(present, host) ? present.secret : undefined
}

/** What is asked for, without the secrets that the mapping has already: sending them again changes nothing. */
export function withoutKnownSecrets(
  present: TargetAuth | undefined,
  asked: AskedTargetAuth,
  host: string,
): AskedTargetAuth {
  const isKnown = (held: HeldSecret | undefined, { mac }: AskedSecret) => mac !== undefined && held?.mac === mac
  if (asked.type === 'headers') {
    const known = present?.type === 'headers' && isForHost(present, host) ? present.headers : []
    const heldBy = (name: string) => known.find((each) => each.name.toLowerCase() === name.toLowerCase())?.secret
    return {
      type: 'headers',
      headers: asked.headers.map((each) => (isKnown(heldBy(each.name), each) ? { name: each.name } : each)),
    }
  }
  const { secretId: _, mac: __, ...rest } = asked
  return isKnown(keptSecret(present, asked, host), asked) ? rest : asked
}

function secretNeeded(field: string, why: string): never {
  throw new CodedError('TARGET_SECRET_NEEDED', `${why}. Send the secret again, with the rest of "targetAuth".`, {
    details: { field: field === 'url' ? 'targetAuth' : `targetAuth.${field}` },
  })
}

function refuse(message: string, field: string): never {
  throw new CodedError('TARGET_AUTH_INVALID', message, { details: { field } })
}

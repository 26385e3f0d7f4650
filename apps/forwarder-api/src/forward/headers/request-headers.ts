import { CodedError } from '@mtls-gateway/domain'
import { clientCertificateHeader, duplicateHeader, proxySecretHeader, singleFields } from '@mtls-gateway/service-kit'
import { connectionOptions, isHopByHop, plain, viaOf } from './hop-by-hop.ts'
import { KnownNames } from './known-names.ts'
import { traceFields } from './trace-context.ts'

/** The header fields of a call: those for the gateway, and those for the target. */
export interface ForwardHeaders {
  /** `LP-*` fields, by lower-case name. */
  readonly gateway: ReadonlyMap<string, string>
  /** `[name, value, ...]` for the target, as the caller sent them, with the overrides applied. */
  readonly outgoing: string[]
  /** Whether an X-Request-Id of the caller is among them. */
  readonly hasRequestId: boolean
  /** Whether fields that tell of a trace are among them. */
  readonly hasTraceFields: boolean
}

/** Fields that only the gateway may send to a target, besides `LP-*`, `X-Forwarded-*` and `Proxy-*`; in lower case. */
const keptBack = new Set([
  ...['authorization', 'host', 'expect', 'forwarded', 'x-real-ip', proxySecretHeader],
  ...[clientCertificateHeader, `${clientCertificateHeader}-chain`],
])

/**
 * @param rawHeaders as node:http has them: `[name, value, name, value, ...]`
 * @param httpVersion of the request: `1.0` or `1.1`
 * @param isProxied its Authorization is for the target
 * @throws CodedError `DUPLICATE_HEADER`
 */
export function readForwardHeaders(
  rawHeaders: readonly string[],
  httpVersion: string,
  isProxied = false,
): ForwardHeaders {
  const options = connectionOptions(rawHeaders)
  const gateway = new Map<string, string>()
  /** The fields seen so far that are allowed only once. */
  const seen: string[] = []
  const outgoing: string[] = []
  let [hasRequestId, hasTraceFields] = [false, false]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const value = rawHeaders[i + 1] ?? ''
    const { key, plainKey, isSingle, isGateways, isRequestId, isOfTrace, staysHere } = requestNames.get(name)
    if (isGateways ? gateway.has(key) : isSingle && seen.includes(key)) throw duplicateHeader(name)
    if (isSingle) seen.push(key)
    if (isGateways) gateway.set(key, value)
    else if (
      (!staysHere || (isProxied && key === 'authorization')) &&
      !(options.size > 0 && (options.has(plainKey) || options.has(key)))
    ) {
      outgoing.push(name, value)
      hasRequestId ||= isRequestId
      hasTraceFields ||= isOfTrace
    }
  }
  const overridden = override(outgoing, gateway, isProxied)
  overridden.push('Via', viaOf(httpVersion))
  return { gateway, outgoing: overridden, hasRequestId, hasTraceFields }
}

const prefixes = ['lp-', 'x-forwarded-', 'proxy-']

/** `X_Real_IP` is treated like `X-Real-IP`, see `isHopByHop`. */
const requestNames = new KnownNames((key) => {
  const plainKey = plain(key)
  const isGateways = key.startsWith('lp-')
  const isOurs = prefixes.some((prefix) => plainKey.startsWith(prefix)) || keptBack.has(plainKey)
  return {
    key,
    plainKey,
    isGateways,
    isSingle: singleFields.has(key),
    isRequestId: plainKey === 'x-request-id',
    isOfTrace: traceFields.has(key),
    staysHere: isOurs || isHopByHop(key),
  }
})

function override(headers: string[], gateway: ReadonlyMap<string, string>, isProxied: boolean): string[] {
  const authorization = gateway.get('lp-authorization-override')
  const contentType = gateway.get('lp-content-type-override')
  let outgoing = contentType === undefined ? headers : withoutField(headers, 'content-type')
  if (authorization !== undefined && isProxied) outgoing = withoutField(outgoing, 'authorization')
  if (authorization !== undefined) outgoing.push('Authorization', authorization)
  if (contentType !== undefined) outgoing.push('Content-Type', contentType)
  return outgoing
}

/** Those of the gateway take the place of what the caller has sent by the same names; some servers read `_` as `-`. */
export function withFields(headers: readonly string[], fields: readonly string[]): string[] {
  const names = new Set<string>()
  for (let i = 0; i < fields.length; i += 2) names.add(requestNames.get(fields[i] ?? '').plainKey)
  const kept = withoutFields(headers, names)
  kept.push(...fields)
  return kept
}

/** @param names in lower case, with `-` for `_` */
export function withoutFields(headers: readonly string[], names: ReadonlySet<string>): string[] {
  return fieldsWhere(headers, (name) => !names.has(requestNames.get(name).plainKey))
}

function withoutField(headers: readonly string[], name: string): string[] {
  return fieldsWhere(headers, (each) => requestNames.get(each).key !== name)
}

function fieldsWhere(headers: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (isKept(name)) kept.push(name, value)
  }
  return kept
}

/** What the caller asks the gateway to do. */
export interface ForwardInstructions {
  /** Undefined: the url is mapped for one service alone, or for none. */
  readonly serviceName: string | undefined
  readonly targetUrl: string
  readonly stopIfCertificateNotFound: boolean
  /** The fingerprint of the version to present; undefined: the one that the mapping presents. */
  readonly presentCertificate: string | undefined
  /** What a Location of the target becomes, undefined if it is left out; without this it passes as it is. */
  readonly relocate: ((location: string) => string | undefined) | undefined
}

/**
 * @param targetUrl of a call that says it elsewhere
 * @throws CodedError `TARGET_URL_MISSING`, `VALIDATION_FAILED`
 */
export function readInstructions(gateway: ReadonlyMap<string, string>, targetUrl?: string): ForwardInstructions {
  return {
    serviceName: gateway.get('lp-service-name') || undefined,
    targetUrl: targetUrl ?? (gateway.get('lp-forward-url') || targetUrlMissing()),
    stopIfCertificateNotFound: readFlag(gateway.get('lp-stop-if-certificate-not-found')),
    presentCertificate: readFingerprint(gateway.get('lp-present-certificate')),
    relocate: undefined,
  }
}

function readFlag(value: string | undefined): boolean {
  const flag = value?.toLowerCase() ?? 'false'
  if (flag !== 'true' && flag !== 'false') {
    throw new CodedError('VALIDATION_FAILED', 'LP-stop-if-certificate-not-found is "true" or "false".')
  }
  return flag === 'true'
}

function readFingerprint(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const [, fingerprint] = /^sha256=([0-9a-f]{64})$/i.exec(value) ?? []
  if (fingerprint !== undefined) return fingerprint.toLowerCase()
  throw new CodedError(
    'VALIDATION_FAILED',
    'LP-present-certificate is "sha256=" and the fingerprint of a version, as in LP-presented-certificate.',
  )
}

function targetUrlMissing(): never {
  throw new CodedError('TARGET_URL_MISSING', 'The header LP-forward-url is missing.')
}

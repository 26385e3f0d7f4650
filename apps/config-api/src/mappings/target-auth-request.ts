import { type TargetAuthRequest, toldOfSecrets } from '@mtls-gateway/contract'
import {
  CodedError,
  needsClientSecret,
  type OAuth2Auth,
  parseAuthHeaderName,
  parseIssuer,
  parseSecret,
  parseTokenUrl,
} from '@mtls-gateway/domain'

/** What a target wants, with secrets that are not stored yet. */
export type RequestedAuth =
  | (Omit<OAuth2Auth, 'secret'> & { readonly secret: string | undefined })
  | { readonly type: 'headers'; readonly headers: readonly RequestedHeader[] }

interface RequestedHeader {
  readonly name: string
  readonly secret: string | undefined
}

/** @throws CodedError `TARGET_AUTH_INVALID`, `LIMIT_EXCEEDED`, what is wrong with the url */
export function readTargetAuth(body: TargetAuthRequest): RequestedAuth {
  refuseUnknown(body, known, 'targetAuth')
  return body.type === 'headers' ? readHeaders(body) : readOAuth2(body)
}

const known: ReadonlySet<string> = new Set([
  ...['type', 'tokenUrl', 'clientId', 'method', 'issuer', 'assertionAudience', 'scope', 'parameters'],
  ...['secret', 'headers'],
  ...toldOfSecrets,
])
const knownOfHeader: ReadonlySet<string> = new Set(['name', 'secret', ...toldOfSecrets])

const parametersOfOurs: ReadonlySet<string> = new Set([
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'grant_type',
  'scope',
])

function readOAuth2(body: TargetAuthRequest): RequestedAuth {
  const { scope, parameters = {}, secret } = body
  const { tokenUrl = missing('tokenUrl'), clientId = missing('clientId'), method = missing('method') } = body
  if (body.headers !== undefined) refuse('The type "oauth2" has no header fields. Leave them out.', 'headers')
  if (secret !== undefined && !needsClientSecret(method)) {
    const shows = method === 'private_key_jwt' ? 'a signing key of the account' : 'the certificate'
    refuse(`The method "${method}" has no secret: ${shows} shows who asks. Leave it out.`, 'secret')
  }
  const names = Object.keys(parameters)
  const own = names.find((name) => name === '' || parametersOfOurs.has(name))
  if (own !== undefined) refuse(`The parameter "${own}" is the gateway's own. Leave it out.`, 'parameters')
  return {
    type: 'oauth2',
    tokenUrl: parseTokenUrl(tokenUrl),
    clientId,
    method,
    ...readAssertion(body, method),
    ...(scope !== undefined && { scope }),
    ...(names.length > 0 && { parameters }),
    secret: secret === undefined ? undefined : parseSecret(secret, 'targetAuth.secret'),
  }
}

/** Whom an assertion is for. */
function readAssertion(
  { issuer, assertionAudience }: TargetAuthRequest,
  method: OAuth2Auth['method'],
): Pick<OAuth2Auth, 'issuer' | 'assertionAudience'> {
  if (method !== 'private_key_jwt') {
    const [other] = Object.entries({ issuer, assertionAudience }).find(([, value]) => value !== undefined) ?? []
    if (other !== undefined) refuse(`The method "${method}" has no assertion. Leave "${other}" out.`, other)
    return {}
  }
  if (issuer === undefined && assertionAudience !== 'tokenUrl') missing('issuer')
  return {
    ...(issuer !== undefined && { issuer: parseIssuer(issuer, 'targetAuth.issuer') }),
    ...(assertionAudience === 'tokenUrl' && { assertionAudience }),
  }
}

function readHeaders(body: TargetAuthRequest): RequestedAuth {
  const { type: _, headers = missing('headers'), ...ofOAuth2 } = body
  const isGiven = ([name, value]: [string, unknown]) => value !== undefined && !toldOfSecrets.has(name)
  const [other] = Object.entries(ofOAuth2).find(isGiven) ?? []
  if (other !== undefined) refuse(`The type "headers" has no "${other}". Leave it out.`, other)
  const seen = new Set<string>()
  const read = headers.map((header, index): RequestedHeader => {
    const { name, secret: value } = header
    const field = `targetAuth.headers.${index}`
    refuseUnknown(header, knownOfHeader, field)
    if (seen.size === seen.add(name.toLowerCase()).size) refuse(`The header field "${name}" is there twice.`, 'headers')
    return {
      name: parseAuthHeaderName(name, `${field}.name`),
      secret: value === undefined ? undefined : parseSecret(value, `${field}.secret`),
    }
  })
  return { type: 'headers', headers: read }
}

function refuseUnknown(fields: object, names: ReadonlySet<string>, where: string): void {
  const unknown = Object.keys(fields).find((name) => !names.has(name))
  if (unknown !== undefined) refuse(`"${where}" has no field "${unknown}".`, unknown)
}

function missing(field: string): never {
  return refuse(`"targetAuth.${field}" is missing.`, field)
}

function refuse(message: string, field: string): never {
  throw new CodedError('TARGET_AUTH_INVALID', message, { details: { field: `targetAuth.${field}` } })
}

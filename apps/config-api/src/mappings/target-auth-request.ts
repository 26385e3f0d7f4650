import { limits, type TargetAuthRequest } from '@mtls-gateway/contract'
import {
  CodedError,
  limitExceeded,
  needsClientSecret,
  type OAuth2Auth,
  parseAuthHeaderName,
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

/** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, what is wrong with the url */
export function readTargetAuth(body: TargetAuthRequest): RequestedAuth {
  if (body.type === 'headers') return { type: 'headers', headers: readHeaders(body.headers) }
  const { type, tokenUrl, clientId, method, scope, parameters, secret } = body
  if (secret !== undefined && !needsClientSecret(method)) {
    refuse(`The method "${method}" has no secret: the certificate shows who asks. Leave it out.`, 'secret')
  }
  if (Object.keys(parameters ?? {}).length > limits.tokenParameters) {
    throw limitExceeded('targetAuth.parameters', limits.tokenParameters, 'parameters')
  }
  const own = Object.keys(parameters ?? {}).find((name) => parametersOfOurs.has(name))
  if (own !== undefined) refuse(`The parameter "${own}" is the gateway's own. Leave it out.`, 'parameters')
  return {
    type,
    tokenUrl: parseTokenUrl(tokenUrl),
    clientId,
    method,
    ...(scope !== undefined && { scope }),
    ...(parameters && Object.keys(parameters).length > 0 && { parameters }),
    secret: secret === undefined ? undefined : parseSecret(secret, 'targetAuth.secret'),
  }
}

const parametersOfOurs: ReadonlySet<string> = new Set([
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'grant_type',
  'scope',
])

function readHeaders(headers: Extract<TargetAuthRequest, { type: 'headers' }>['headers']): readonly RequestedHeader[] {
  const seen = new Set<string>()
  return headers.map(({ name, secret }, index) => {
    const field = `targetAuth.headers.${index}`
    if (seen.size === seen.add(name.toLowerCase()).size) refuse(`The header field "${name}" is there twice.`, 'headers')
    return {
      name: parseAuthHeaderName(name, `${field}.name`),
      secret: secret === undefined ? undefined : parseSecret(secret, `${field}.secret`),
    }
  })
}

function refuse(message: string, field: string): never {
  throw new CodedError('VALIDATION_FAILED', message, { details: { field: `targetAuth.${field}` } })
}

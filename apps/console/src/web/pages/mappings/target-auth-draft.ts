import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { type AssertionAudience, type ClientAuthMethod, needsClientSecret } from '@mtls-gateway/domain/words'

/** As the gateway takes them. */
export const mostHeaders = 10
export const mostParameters = 20

export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** What a target wants besides the certificate, as it stands in the form. */
export interface AuthDraft {
  /** Empty: nothing. */
  readonly authType: '' | 'oauth2' | 'headers'
  readonly tokenUrl: string
  readonly clientId: string
  readonly method: ClientAuthMethod
  /** With `private_key_jwt`: the server as it names itself. */
  readonly issuer: string
  readonly assertionAudience: AssertionAudience
  /** Empty: the one that is stored stays. */
  readonly clientSecret: string
  readonly scope: string
  readonly parameters: readonly NamedValue[]
  /** With an empty value: the one that is stored stays. */
  readonly headers: readonly NamedValue[]
}

export const emptyAuth: AuthDraft = {
  authType: '',
  tokenUrl: '',
  clientId: '',
  method: 'tls_client_auth',
  issuer: '',
  assertionAudience: 'issuer',
  clientSecret: '',
  scope: '',
  parameters: [],
  headers: [],
}

export function authDraftOf(targetAuth: Mapping['targetAuth']): AuthDraft {
  if (targetAuth === undefined) return emptyAuth
  const { type, tokenUrl = '', clientId = '', method = emptyAuth.method, scope = '' } = targetAuth
  const { issuer = '', assertionAudience = emptyAuth.assertionAudience, parameters = {}, headers = [] } = targetAuth
  return {
    authType: type,
    tokenUrl,
    clientId,
    method,
    issuer,
    assertionAudience,
    clientSecret: '',
    scope,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    headers: headers.map(({ name }) => ({ name, value: '' })),
  }
}

export function authOf(draft: AuthDraft): NonNullable<MappingRequest['targetAuth']> | null {
  const { authType, method, clientSecret, parameters, headers } = draft
  if (authType === '') return null
  if (authType === 'headers') {
    const named = headers.map(({ name, value }) => ({ name: name.trim(), ...(value !== '' && { secret: value }) }))
    return { type: authType, headers: named }
  }
  const scope = draft.scope.trim().replaceAll(/\s+/g, ' ')
  const filledIn = parameters.filter(({ name, value }) => name + value !== '')
  return {
    type: authType,
    tokenUrl: draft.tokenUrl.trim(),
    clientId: draft.clientId.trim(),
    method,
    ...(isByAssertion(method) && assertionOf(draft)),
    ...(scope !== '' && { scope }),
    ...(filledIn.length > 0 && {
      parameters: Object.fromEntries(filledIn.map(({ name, value }) => [name.trim(), value])),
    }),
    ...(needsClientSecret(method) && clientSecret !== '' && { secret: clientSecret }),
  }
}

export function isByAssertion(method: ClientAuthMethod): boolean {
  return method === 'private_key_jwt'
}

function assertionOf({ assertionAudience, ...draft }: AuthDraft) {
  const issuer = draft.issuer.trim()
  return { ...(issuer !== '' && { issuer }), ...(assertionAudience === 'tokenUrl' && { assertionAudience }) }
}

/** A request names each parameter once: of two, one would be lost. */
export function repeatedParameter({ authType, parameters }: AuthDraft): string | undefined {
  const repeated = authType === 'oauth2' ? repeatedName(parameters) : undefined
  return repeated === undefined ? undefined : `Two parameters are named “${repeated}”. Remove one of them.`
}

export function repeatedName(rows: readonly NamedValue[]): string | undefined {
  const names = rows.map(({ name }) => name.trim())
  return names.find((name, index) => names.indexOf(name) !== index)
}

/** The options of `mtls` that say the same. Secrets come from files. */
export function authWords({ authType, ...draft }: AuthDraft): string[] {
  if (authType === '') return []
  if (authType === 'headers') {
    return draft.headers.flatMap(({ name }) => {
      const header = name.trim() || 'NAME'
      return ['--target-header-file', shellWord(`${header}=${header.toLowerCase()}.txt`)]
    })
  }
  const { tokenUrl, clientId, method, issuer, assertionAudience, scope, parameters, clientSecret } = draft
  return [
    ...['--oauth2-token-url', tokenUrl === '' ? 'URL' : shellWord(tokenUrl)],
    ...['--oauth2-client-id', clientId === '' ? 'CLIENT' : shellWord(clientId)],
    ...(method === emptyAuth.method ? [] : ['--oauth2-method', method]),
    ...(isByAssertion(method) && issuer !== '' ? ['--oauth2-issuer', shellWord(issuer)] : []),
    ...(isByAssertion(method) && assertionAudience === 'tokenUrl' ? ['--oauth2-assertion-for', 'tokenUrl'] : []),
    ...(scope === '' ? [] : ['--oauth2-scope', shellWord(scope)]),
    ...parameters.flatMap(({ name, value }) => ['--oauth2-parameter', shellWord(`${name}=${value}`)]),
    ...(needsClientSecret(method) && clientSecret !== '' ? ['--oauth2-secret-file', 'client-secret.txt'] : []),
  ]
}

/** Whether a value has been typed that takes the place of one that is stored. */
export function hasNewSecret({ clientSecret, headers }: AuthDraft): boolean {
  return clientSecret !== '' || headers.some(({ value }) => value !== '')
}

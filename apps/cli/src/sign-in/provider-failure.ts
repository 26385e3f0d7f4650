import { safeText } from '@mtls-gateway/terminal'
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { CliFailure, errorCode, reasonOf } from '../cli-failure.ts'
import type { ProviderSettings } from '../settings/provider-settings.ts'

type Place = Pick<ProviderSettings, 'issuer' | 'clientId'>

/** What users do about the error codes of OAuth (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5). */
const advice: Readonly<Record<string, string>> = {
  access_denied: 'The sign-in was denied, or you may not use this client. Sign in again, or ask whoever runs it.',
  expired_token: 'Nobody signed in before the code expired. Start again: mtls login.',
  invalid_grant: 'The code is no longer valid. Start again: mtls login.',
  invalid_client: 'Check --client-id. It must be a public client: one without a secret.',
  unauthorized_client:
    'The client must be allowed to do this: sign in with or without --device, or ask whoever runs it.',
  invalid_scope: 'Name scopes that this client may have: mtls login --scope "...".',
  temporarily_unavailable: 'Try again later.',
  server_error: 'Try again later.',
}

/** @param error of openid-client. @throws it if it is none of a provider */
export function providerFailure(error: unknown, place: Place): CliFailure {
  if (error instanceof CliFailure) return error
  // openid-client wraps what its fetch throws.
  if (error instanceof Error && error.cause instanceof CliFailure) return error.cause
  const { issuer } = place
  const refusal = refusalOf(error)
  if (refusal !== undefined) return refused(refusal, place, error)
  const { code, cause } = described(error)
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') {
    const own = issuerIn(cause)
    const hint = own === undefined ? 'Check --issuer.' : `Give --issuer ${own}, if that is the one that you mean.`
    return stranger(issuer, `it calls itself by another name. ${hint}`, error)
  }
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
    const message = `The clocks of this machine and of ${issuer} differ. Set the clock of this machine.`
    return new CliFailure('noAnswer', message, { cause: error })
  }
  if (cause instanceof Response) return stranger(issuer, `it answers ${cause.status}. Check --issuer.`, error)
  if (code.startsWith('OAUTH_') && code !== 'OAUTH_TIMEOUT') {
    return stranger(issuer, `its answer makes no sense (${messageOf(error)}). Check --issuer.`, error)
  }
  if (!isConnectionFailure(error)) throw error
  const reason = code === 'OAUTH_TIMEOUT' ? 'timeout' : reasonOf(error)
  return new CliFailure(
    'noAnswer',
    `The identity provider does not answer at ${issuer} (${reason}). Check --issuer, MTLS_ISSUER and your connection; if it has a private CA, NODE_EXTRA_CA_CERTS.`,
    { cause: error },
  )
}

/** As fetch fails. */
export function isConnectionFailure(error: unknown): boolean {
  return errorCode(error) === 'OAUTH_TIMEOUT' || (error instanceof TypeError && error.cause instanceof Error)
}

interface Refusal {
  readonly error: string
  readonly description: string | undefined
}

/** What OAuth calls the cause. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    return { error: error.error, description: error.error_description }
  }
  if (error instanceof WWWAuthenticateChallengeError) return { error: 'invalid_client', description: undefined }
  return undefined
}

function refused({ error, description }: Refusal, { issuer, clientId }: Place, cause: unknown): CliFailure {
  const said = description ? `${error}: ${oneLine(description)}` : error
  const hint = Object.hasOwn(advice, error) ? ` ${advice[error]}` : ''
  const stop = /[.!?]$/.test(said) ? '' : '.'
  const message = `${issuer} refuses the client ${clientId}: ${said}${stop}${hint}`
  return new CliFailure('refused', safeText(message), { cause })
}

function stranger(issuer: string, what: string, cause: unknown): CliFailure {
  return new CliFailure('noAnswer', safeText(`There is no identity provider at ${issuer}: ${what}`), { cause })
}

/** Others have written it. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300)
}

function described(error: unknown): { readonly code: string; readonly cause: unknown } {
  return { code: errorCode(error), cause: error instanceof Error ? error.cause : undefined }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

function issuerIn(cause: unknown): string | undefined {
  const body = typeof cause === 'object' && cause !== null && 'body' in cause ? cause.body : undefined
  const issuer = typeof body === 'object' && body !== null && 'issuer' in body ? body.issuer : undefined
  return typeof issuer === 'string' ? issuer : undefined
}

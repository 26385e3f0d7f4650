import type { IncomingMessage } from 'node:http'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import {
  type AppSecrets,
  type BearerVerifier,
  type CredentialKind,
  credentialKind,
  type Principal,
  type ProxyCredentialKind,
  parseBasic,
  proxyAuthenticate,
  type RequestAddress,
} from '@mtls-gateway/request-auth'
import { type Problem, problemOf, requestContextOf } from '@mtls-gateway/service-kit'
import { type VerifiedCaller, verified } from './caller-verification.ts'

export interface ProxyCredentialsOptions {
  readonly appSecrets: AppSecrets
  readonly bearer: BearerVerifier
  /** The credentials that forward accepts. Here an app key comes with its secret instead of a signature. */
  readonly accepted: readonly CredentialKind[]
  readonly addressOf: (request: IncomingMessage) => RequestAddress
}

const descriptions: Readonly<Record<ProxyCredentialKind, string>> = {
  basic: 'Basic, with an app key as the user and its secret as the password',
  bearer: 'a Bearer token',
}

/**
 * Decides by `Proxy-Authorization` whether a caller may forward, and for which account, as no path names one.
 * `Authorization` is for the target.
 */
export class ProxyCredentials {
  readonly #options: ProxyCredentialsOptions

  constructor(options: ProxyCredentialsOptions) {
    this.#options = options
  }

  /**
   * Returns without a promise if there is nothing to wait for.
   * @throws CodedError if credentials are missing, not accepted, wrong, name no single account, or lack `forward`;
   *   `MALFORMED_REQUEST`: there are none that could be taken over this connection
   */
  verify(request: IncomingMessage): MaybePromise<VerifiedCaller> {
    return andThen(this.#principalOf(request), (principal) => verified(principal, onlyAccountOf(principal)))
  }

  /** A 401 would be the target's, so the client is told what its proxy wants (RFC 9110 section 15.5.8). */
  problemOf(error: CodedError, request: IncomingMessage): Problem {
    const problem = problemOf(error, requestContextOf(request).requestId)
    if (problem.status !== 401) return problem
    const challenges = proxyAuthenticate(this.#kindsFor(request), error)
    const headers = { ...problem.headers, 'proxy-authenticate': challenges }
    return { status: 407, headers, body: { ...problem.body, status: 407 } }
  }

  #principalOf(request: IncomingMessage): MaybePromise<Principal> {
    const { appSecrets, bearer } = this.#options
    const kinds = this.#kindsFor(request)
    if (kinds.length === 0) throw needsTls()
    const authorization = request.headers['proxy-authorization']
    if (!authorization) throw refused('CREDENTIALS_MISSING', 'There is no Proxy-Authorization header', kinds)
    const pair = parseBasic(authorization)
    if (pair && kinds.includes('basic')) return appSecrets.verify(pair)
    if (credentialKind(authorization) === 'bearer' && kinds.includes('bearer')) {
      return bearer.verify(authorization.slice('bearer '.length).trim(), requestContextOf(request).clientAddress)
    }
    throw refused('CREDENTIAL_KIND_NOT_TAKEN', 'This proxy does not accept credentials of this kind here', kinds)
  }

  /** Basic has the secret itself, so nobody is asked for it in clear text. */
  #kindsFor(request: IncomingMessage): readonly ProxyCredentialKind[] {
    const { accepted, addressOf } = this.#options
    const { protocol, forwarded } = addressOf(request)
    const isPrivate =
      (forwarded?.protocol ?? protocol) === 'https' || isLoopback(requestContextOf(request).clientAddress)
    return [...(isPrivate ? (['basic'] as const) : []), ...(accepted.includes('bearer') ? (['bearer'] as const) : [])]
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** @throws CodedError `WRONG_ACCOUNT` (403) */
function onlyAccountOf({ accounts, subject }: Principal): AccountId {
  const [only, ...others] = accounts === '*' ? [] : accounts
  if (only !== undefined && others.length === 0) return only
  throw new CodedError(
    'WRONG_ACCOUNT',
    'A call through the proxy is one of the account of its credentials, and these are not for a single one. Use an app key, or a token for one account.',
    { refusal: { reason: 'account-wrong', caller: subject } },
  )
}

function refused(
  code: 'CREDENTIALS_MISSING' | 'CREDENTIAL_KIND_NOT_TAKEN',
  what: string,
  kinds: readonly ProxyCredentialKind[],
): CodedError {
  const reason = code === 'CREDENTIALS_MISSING' ? 'credentials-missing' : 'credential-kind-not-taken'
  return new CodedError(code, `${what}. Send ${kinds.map((kind) => descriptions[kind]).join(', or ')}.`, {
    details: { accepted: kinds },
    refusal: { reason },
  })
}

function needsTls(): CodedError {
  return new CodedError(
    'MALFORMED_REQUEST',
    'This proxy takes credentials over TLS alone. Begin its url with https:// in the proxy settings of your client.',
  )
}

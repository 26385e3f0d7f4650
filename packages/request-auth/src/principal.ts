import { type AccountId, CodedError, type RecordId, type Scope } from '@mtls-gateway/domain'
import type { CredentialKind } from './credential-kind.ts'

/** Who makes a request, and what the credential allows. */
export interface Principal {
  readonly kind: CredentialKind
  /**
   * For the audit: the app key, `{issuer}#{subject}` of a token, the name of a client certificate, or an invitation
   * with its label. Never a secret.
   */
  readonly subject: string
  readonly accounts: ReadonlySet<AccountId> | '*'
  readonly scopes: ReadonlySet<Scope>
  /** When the credential expires, in milliseconds since 1970; Infinity if it does not. */
  readonly expiresAtMs: number
  /** Numbers of the services that the caller may call as; undefined: any. It limits nothing but forwarding. */
  readonly services?: ReadonlySet<string> | undefined
  /** The one of them that calls are of where neither the call nor the mappings of its url decide; undefined: none. */
  readonly defaultService?: string | undefined
  /** By which the caller came in. */
  readonly invitation?: RecordId
}

/**
 * `accountId` is undefined for a resource that belongs to no account. The accounts in such a request are checked by
 * {@link authorizeAccount}.
 *
 * @param scope `any` asks for none
 * @throws CodedError `WRONG_ACCOUNT`, `SCOPE_MISSING` (403)
 */
export function authorize(principal: Principal, accountId: AccountId | undefined, scope: Scope | 'any'): void {
  if (accountId !== undefined) authorizeAccount(principal, accountId)
  if (scope === 'any' || principal.scopes.has(scope)) return
  throw new CodedError('SCOPE_MISSING', `These credentials lack the scope "${scope}". Use some that have it.`, {
    details: { scope },
    refusal: { reason: 'scope-missing', caller: principal.subject },
  })
}

/** @throws CodedError `WRONG_ACCOUNT` (403) */
export function authorizeAccount({ accounts, subject }: Principal, accountId: AccountId): void {
  if (accounts === '*' || accounts.has(accountId)) return
  throw wrongAccount({ caller: subject })
}

/** @param known the caller, if it has been verified */
export function wrongAccount(known: { readonly caller?: string } = {}): CodedError {
  return new CodedError(
    'WRONG_ACCOUNT',
    'These credentials are not for this account. Use those of the account that the request names.',
    { refusal: { reason: 'account-wrong', ...known } },
  )
}

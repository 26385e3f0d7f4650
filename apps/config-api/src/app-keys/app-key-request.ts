import type { AppKeyRequest } from '@mtls-gateway/contract'
import { CodedError, checkName, defaultAppKeyScopes, isScope, type Scope, scopes } from '@mtls-gateway/domain'

/** A request for a new app key. */
export interface NewAppKey {
  readonly label: string
  readonly scopes: readonly Scope[]
  /** ISO 8601 in UTC; null: it does not expire. */
  readonly expiresAt: string | null
}

/** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, `EXPIRY_NOT_IN_FUTURE` */
export function readAppKeyRequest(body: AppKeyRequest, now: number): NewAppKey {
  const label = checkName('label', body.label)
  const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null
  if (expiresAt && expiresAt.getTime() <= now) {
    throw new CodedError('EXPIRY_NOT_IN_FUTURE', '"expiresAt" is not in the future.', {
      details: { field: 'expiresAt' },
    })
  }
  return { label, scopes: readScopes(body.scopes), expiresAt: expiresAt?.toISOString() ?? null }
}

function readScopes(texts: readonly string[] | undefined): readonly Scope[] {
  if (!texts) return defaultAppKeyScopes
  const known = texts.filter(isScope)
  if (known.length < texts.length) {
    throw new CodedError('VALIDATION_FAILED', `There is an unknown scope. Use some of: ${scopes.join(', ')}.`, {
      details: { field: 'scopes' },
    })
  }
  return [...new Set(known)]
}

import type { AppKeyRequest } from '@mtls-gateway/contract'
import {
  type AppKey,
  CodedError,
  checkName,
  defaultAppKeyScopes,
  isScope,
  type Scope,
  type ServiceCatalogue,
  scopes,
} from '@mtls-gateway/domain'

/** A request for a new app key. */
export type NewAppKey = Pick<AppKey, 'label' | 'scopes' | 'expiresAt' | 'services'>

/** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, `EXPIRY_NOT_IN_FUTURE`, `UNKNOWN_SERVICE` */
export function readAppKeyRequest(body: AppKeyRequest, now: number, catalogue: ServiceCatalogue): NewAppKey {
  const label = checkName('label', body.label)
  const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null
  if (expiresAt && expiresAt.getTime() <= now) {
    throw new CodedError('EXPIRY_NOT_IN_FUTURE', '"expiresAt" is not in the future.', {
      details: { field: 'expiresAt' },
    })
  }
  const [first, ...others] = new Set(body.services?.map((service) => catalogue.resolve(String(service)).number))
  return {
    label,
    scopes: readScopes(body.scopes),
    expiresAt: expiresAt?.toISOString() ?? null,
    ...(first !== undefined && { services: [first, ...others] }),
  }
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

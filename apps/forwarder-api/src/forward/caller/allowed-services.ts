import { CodedError, type Service, type ServiceCatalogue } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'

/** The service of a call: the one that it names, or else the only one that its caller may call as. */
export function serviceOfCall(
  named: Service | undefined,
  { services: allowed }: Principal,
  services: ServiceCatalogue,
): Service | undefined {
  if (named !== undefined || allowed?.size !== 1) return named
  const [only = ''] = allowed
  return services.numbered(only)
}

/** The service of a call that names none, and whose url is mapped for none of its caller's. */
export function defaultService({ defaultService }: Principal, services: ServiceCatalogue): Service | undefined {
  return defaultService === undefined ? undefined : services.numbered(defaultService)
}

/**
 * @param number of the service that the call names, or its mapping has; undefined: neither
 * @throws CodedError `SERVICE_NOT_ALLOWED` (403)
 */
export function authorizeService(
  { services: allowed, subject }: Principal,
  number: string | undefined,
  services: ServiceCatalogue,
): void {
  if (allowed === undefined || (number !== undefined && allowed.has(number))) return
  const names = [...allowed].map((each) => services.numbered(each).name).sort()
  throw new CodedError(
    'SERVICE_NOT_ALLOWED',
    `These credentials are limited to calls of the services ${names.join(', ')}. Send the header LP-service-name with one of them.`,
    { details: { services: names }, refusal: { reason: 'service-not-allowed', caller: subject } },
  )
}

import { CodedError } from '@mtls-gateway/domain'

/** What the caller asks the gateway to do. */
export interface ForwardInstructions {
  readonly serviceName: string
  readonly targetUrl: string
  readonly stopIfCertificateNotFound: boolean
}

/** @throws CodedError `SERVICE_NAME_MISSING`, `TARGET_URL_MISSING`, `VALIDATION_FAILED` */
export function readInstructions(gateway: ReadonlyMap<string, string>): ForwardInstructions {
  return {
    serviceName: gateway.get('lp-service-name') || missing('SERVICE_NAME_MISSING', 'LP-service-name'),
    targetUrl: gateway.get('lp-forward-url') || missing('TARGET_URL_MISSING', 'LP-forward-url'),
    stopIfCertificateNotFound: readFlag(gateway.get('lp-stop-if-certificate-not-found')),
  }
}

function readFlag(value: string | undefined): boolean {
  const flag = value?.toLowerCase() ?? 'false'
  if (flag !== 'true' && flag !== 'false') {
    throw new CodedError('VALIDATION_FAILED', 'LP-stop-if-certificate-not-found is "true" or "false".')
  }
  return flag === 'true'
}

function missing(code: 'SERVICE_NAME_MISSING' | 'TARGET_URL_MISSING', name: string): never {
  throw new CodedError(code, `The header ${name} is missing.`)
}

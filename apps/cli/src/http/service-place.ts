import { CliFailure, errorCode } from '../cli-failure.ts'

/** Where a service is, as the user has said it. */
export interface ServicePlace {
  readonly service: 'config-api' | 'forwarder-api'
  /** Without a slash at the end. */
  readonly baseUrl: string
}

/** Who has answered last. */
export interface Heard {
  from?: ServicePlace
}

/** Somebody else answers there. */
export function stranger({ service, baseUrl }: ServicePlace, what: string): CliFailure {
  return new CliFailure('noAnswer', `There is no ${service} at ${baseUrl}: ${what}. Check ${optionOf(service)}.`)
}

/** @param error of fetch */
export function unreachable({ service, baseUrl }: ServicePlace, error: unknown): CliFailure {
  const code = codeOf(error)
  const advice = isUntrusted(code)
    ? 'Give the CA of its certificate by NODE_EXTRA_CA_CERTS.'
    : `Check ${optionOf(service)}, and that it is up.`
  return new CliFailure('noAnswer', `${service} does not answer at ${baseUrl} (${code}). ${advice}`, { cause: error })
}

/** fetch tells why in the cause of its error; where it tried several addresses, each has a reason. */
function codeOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return errorCode(cause) || errorCode(error) || 'no connection'
}

function isUntrusted(code: string): boolean {
  return /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)
}

function optionOf(service: ServicePlace['service']): string {
  return `--${service}, ${service === 'config-api' ? 'MTLS_CONFIG_API' : 'MTLS_FORWARDER_API'} or mtls login`
}

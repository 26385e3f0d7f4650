import { CliFailure, reasonOf } from '../cli-failure.ts'

/** Where a service is, as the user has said it. */
export interface ServicePlace {
  readonly service: 'config-api' | 'forwarder-api' | 'console'
  /** Without a slash at the end. */
  readonly baseUrl: string
}

const options = {
  'config-api': '--config-api, MTLS_CONFIG_API',
  'forwarder-api': '--forwarder-api, MTLS_FORWARDER_API',
  console: '--console-url, MTLS_CONSOLE_URL',
} as const

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
  const code = reasonOf(error)
  const advice = isUntrusted(code)
    ? 'Give the CA of its certificate by NODE_EXTRA_CA_CERTS.'
    : `Check ${optionOf(service)}, and that it is up.`
  return new CliFailure('noAnswer', `${service} does not answer at ${baseUrl} (${code}). ${advice}`, { cause: error })
}

function isUntrusted(code: string): boolean {
  return /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)
}

function optionOf(service: ServicePlace['service']): string {
  return `${options[service]} or mtls login`
}

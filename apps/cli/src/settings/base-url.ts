import { isLoopback } from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'

/** A base url without a slash at the end. `source` names the option, for the error. @throws CliFailure */
export function parseBaseUrl(text: string, source: string): string {
  requireSafeUrl(text, source)
  return text.replace(/(?<!\/)\/+$/, '')
}

/**
 * Tokens, keys and passwords go there: https, or this machine.
 * @param source names the option, for the error. @throws CliFailure
 */
export function requireSafeUrl(text: string, source: string): void {
  const isUrl = URL.canParse(text) && !/[?#@\s]/.test(text)
  const { protocol, hostname } = new URL(isUrl ? text : 'none:')
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return
  if (protocol === 'http:') {
    throw new CliFailure(
      'wrongUse',
      `${source} must begin with https://: over http, others on the network could read tokens. Only on this machine (127.0.0.1) http is enough.`,
    )
  }
  throw new CliFailure('wrongUse', `${source} must be a https url without user, query and fragment.`)
}

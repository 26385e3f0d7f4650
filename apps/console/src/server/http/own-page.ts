import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'

/** No form of another site can send it. */
const headerOfPage = 'x-console'

type Request = Pick<IncomingMessage, 'method' | 'headers'>

/**
 * Whether the console's own page asks. Cookies go along with requests that other sites cause, the header and the word
 * of the browser do not. Something typed into the address bar may read.
 * @throws CodedError `CONSOLE_HEADER_MISSING`
 */
export function requireOwnPage({ method, headers }: Request): void {
  const site = headers['sec-fetch-site']
  if (method === 'GET' || method === 'HEAD') {
    if (site === undefined || site === 'same-origin' || site === 'none') return
    throw new CodedError('CONSOLE_HEADER_MISSING', 'Data of the console is for its own page, not for other sites.')
  }
  if (headers[headerOfPage] === '1' && site === 'same-origin') return
  throw new CodedError(
    'CONSOLE_HEADER_MISSING',
    'Changes come from the page of the console alone, with the headers X-Console: 1 and Sec-Fetch-Site: same-origin.',
  )
}

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
export function requireOwnPage(request: Request): void {
  const { method, headers } = request
  if (method === 'GET' || method === 'HEAD') {
    if (!isOfOtherSite(request)) return
    throw new CodedError('CONSOLE_HEADER_MISSING', 'Data of the console is for its own page, not for other sites.')
  }
  if (headers[headerOfPage] === '1' && headers['sec-fetch-site'] === 'same-origin') return
  throw new CodedError(
    'CONSOLE_HEADER_MISSING',
    'Changes come from the page of the console alone, with the headers X-Console: 1 and Sec-Fetch-Site: same-origin.',
  )
}

/** Whether the browser says that a page of another site, or of another host of this one, has caused the request. */
export function isOfOtherSite({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { problemOf } from '../problems/problem.ts'
import type { RequestContext } from '../request-context.ts'
import { rateLimited } from '../throttling/admit.ts'
import { clientAddress, rateKey } from '../throttling/client-address.ts'
import type { RefusedAddresses } from '../throttling/refused-addresses.ts'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'
import { endIfAmbiguous } from './request-framing.ts'

export interface EarlyRefusalOptions {
  readonly refused: RefusedAddresses
  readonly proxies: TrustedProxies
  /** Added to the answers. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Answers requests of an address that has just been refused, as long as the counter would refuse them, before routing
 * and everything else. That takes a tenth of the time. The log has a line for the first refusal only; metrics count
 * all.
 */
export class EarlyRefusal {
  readonly #options: EarlyRefusalOptions

  constructor(options: EarlyRefusalOptions) {
    this.#options = options
  }

  /** How long the caller has to wait; 0 if it is not refused. */
  waitMs(request: IncomingMessage): number {
    const { refused, proxies } = this.#options
    if (refused.isEmpty || request.url?.startsWith('/health/')) return 0
    return refused.waitMs(rateKey(clientAddress(request, proxies)))
  }

  answer(response: ServerResponse, context: RequestContext, waitMs: number): void {
    endIfAmbiguous(response)
    const { status, headers, body } = problemOf(rateLimited(waitMs), context.requestId)
    context.code = body.code
    const text = JSON.stringify(body)
    const all = { ...headers, ...this.#options.headers, 'content-length': Buffer.byteLength(text) }
    response.writeHead(status, STATUS_CODES[status] ?? '', all)
    response.end(text)
  }
}

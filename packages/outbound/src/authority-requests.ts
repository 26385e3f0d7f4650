import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { AddressLookup, type AddressSource } from './addresses/address-lookup.ts'
import type { TargetGuard } from './addresses/target-guard.ts'
import { TransportError } from './failures/transport-error.ts'

interface AuthorityRequest {
  /** An `http:` url, from a certificate: whoever has uploaded that has chosen it. */
  readonly url: string
  /** Posted; without it the url is fetched. */
  readonly body?: { readonly type: string; readonly bytes: Uint8Array }
  /** A longer answer is none. */
  readonly maxBytes: number
  /** Told how many bytes of an answer come, also of one that is too long or cut off. */
  readonly onBytes?: (count: number) => void
  /** Ends it; a time limit for the whole is `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

const httpPort = 80
const maxHeadBytes = 16_384

/**
 * Asks OCSP responders and fetches CRLs, which are served over plain HTTP as they are signed themselves (RFC 5280,
 * section 8). Behind the guard like any target; redirects are not followed, and no connection is kept.
 */
export class AuthorityRequests {
  readonly #guard: TargetGuard
  readonly #addresses: AddressSource

  constructor(guard: TargetGuard, addresses: AddressSource = new AddressLookup({ guard })) {
    this.#guard = guard
    this.#addresses = addresses
  }

  /**
   * @param owner whose certificate it is about
   * @throws TransportError, and what Node reports of a connection that failed
   */
  async ask(owner: string, { url, body, maxBytes, onBytes, signal }: AuthorityRequest): Promise<Buffer> {
    const { protocol, hostname, port, pathname, search } = new URL(url)
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const refusal = this.#guard.refusal(host, Number(port || httpPort))
    if (refusal) throw refusal
    if (protocol !== 'http:') throw new TransportError('TARGET_PORT_REFUSED', { detail: protocol })
    const asked = request({
      host,
      port: Number(port || httpPort),
      path: pathname + search,
      method: body ? 'POST' : 'GET',
      headers: { host: hostname + (port && `:${port}`), ...(body && { 'content-type': body.type }) },
      agent: false,
      lookup: this.#addresses.of(owner),
      maxHeaderSize: maxHeadBytes,
      signal,
    })
    asked.end(body?.bytes)
    try {
      const [answer] = (await once(asked, 'response', { signal })) as [IncomingMessage]
      if (answer.statusCode !== 200) throw new TransportError('MALFORMED_RESPONSE', { detail: `${answer.statusCode}` })
      const pieces: Buffer[] = []
      let size = 0
      for await (const piece of answer as AsyncIterable<Buffer>) {
        onBytes?.(piece.length)
        size += piece.length
        if (size > maxBytes) throw new TransportError('MALFORMED_RESPONSE', { detail: 'too long' })
        pieces.push(piece)
      }
      return Buffer.concat(pieces)
    } finally {
      asked.destroy()
    }
  }
}

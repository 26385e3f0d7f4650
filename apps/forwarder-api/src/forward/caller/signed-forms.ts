import type { IncomingMessage } from 'node:http'
import type { Bulkhead, BulkheadLimits } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import { maxSignedFormBytes } from '@mtls-gateway/request-auth'
import { rateKey, readBodyBytes } from '@mtls-gateway/service-kit'

/** Full-sized forms read at once, where there is memory: 32 per address, 256 in all, of which 64 are a reserve. */
export function signedFormLimits(bytes = 256 * maxSignedFormBytes): BulkheadLimits {
  return { total: bytes, share: Math.floor(bytes / 8), reserve: Math.floor(bytes / 4) }
}

/**
 * Reads form-encoded bodies whole, because they are part of the signature (RFC 5849 section 3.4.1.3.1). Until then
 * nobody knows who calls, so they are charged to their address: naming somebody else's app key uses up none of that
 * account's share. An IPv6 /56 counts as one address.
 */
export class SignedForms {
  readonly #pool: Bulkhead

  /** @param pool `signed-forms`, whose units are bytes; nobody waits in it */
  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  /** @throws CodedError `BODY_TOO_LARGE`, at once if the length is declared; `BODY_TOO_SLOW`, `TOO_MANY_BODIES` */
  async read(request: IncomingMessage, address: string): Promise<Buffer> {
    const declared = Number(request.headers['content-length'] ?? maxSignedFormBytes)
    if (declared > maxSignedFormBytes) throw formTooLarge()
    return this.#pool.run(rateKey(address), () => readForm(request), Math.max(1, declared))
  }
}

async function readForm(request: IncomingMessage): Promise<Buffer> {
  try {
    return await readBodyBytes(request, { maxBytes: maxSignedFormBytes })
  } catch (error) {
    throw error instanceof CodedError && error.code === 'BODY_TOO_LARGE' ? formTooLarge() : error
  }
}

function formTooLarge(): CodedError {
  return new CodedError('BODY_TOO_LARGE', `A signed form-encoded body has at most ${maxSignedFormBytes} bytes.`, {
    details: { limit: maxSignedFormBytes },
  })
}

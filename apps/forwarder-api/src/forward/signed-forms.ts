import type { IncomingMessage } from 'node:http'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { maxSignedFormBytes } from '@mtls-gateway/request-auth'
import { BodyBudget } from '@mtls-gateway/service-kit'

/** Full-sized forms that are read at once: 32 of an account, 256 of all. */
const maxBytesOfAccount = 32 * maxSignedFormBytes
const maxBytesOfAll = 256 * maxSignedFormBytes

/** Form-encoded bodies, which are read whole, since they are part of the signature (RFC 5849 section 3.4.1.3.1). */
export class SignedForms {
  readonly #budget = new BodyBudget(maxBytesOfAccount, maxBytesOfAll)

  /** @throws CodedError `BODY_TOO_LARGE`, at once where the length is declared; `TOO_MANY_BODIES` */
  async read(request: IncomingMessage, accountId: AccountId): Promise<Buffer> {
    const declared = Number(request.headers['content-length'] ?? maxSignedFormBytes)
    if (declared > maxSignedFormBytes) throw formTooLarge()
    const giveBack = this.#budget.take(accountId, declared)
    try {
      return await readWhole(request)
    } finally {
      giveBack()
    }
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // Left early, a plain loop would destroy the connection before the answer is out; the server reads the rest away.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > maxSignedFormBytes) throw formTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function formTooLarge(): CodedError {
  return new CodedError('BODY_TOO_LARGE', `A signed form-encoded body has at most ${maxSignedFormBytes} bytes.`, {
    details: { limit: maxSignedFormBytes },
  })
}

import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import {
  type AccountId,
  CodedError,
  hostOf,
  isCodedError,
  maxSignedBodyBytes,
  messageSignatureKey,
  type ParsedTargetUrl,
  signsBody,
} from '@mtls-gateway/domain'
import { isPromise } from '@mtls-gateway/event-loop'
import {
  accountKeyOf,
  type SigningKey,
  signatureFields,
  signingKeyOf,
  signingWork,
  signRequest,
} from '@mtls-gateway/message-signature'
import { bodyLength } from '@mtls-gateway/outbound'
import { checkBodyHash, type ExpectedBodyHash } from '@mtls-gateway/request-auth'
import { readBodyBytes, readCounter, type ServiceMetrics } from '@mtls-gateway/service-kit'
import {
  type CallIdentity,
  type CallSigning,
  isMapped,
  type MappedIdentity,
  type Signer,
} from '../certificate/certificate-choice.ts'
import { withFields, withoutFields } from '../headers/request-headers.ts'

/** What a body is charged with that does not say its length: most have less. */
const firstBytes = 16_384

/** How often a request is signed that would go out with another certificate or token by the time it is signed. */
const maxAttempts = 4

/**
 * The four threads of libuv take what comes first: 64 signatures by an RSA key of 4,096 bits kept those of others
 * waiting for 100 ms and more, and the check of Bearer tokens with them. With this, an account has one such at once, or
 * more with smaller keys, and three of them leave a thread to others.
 */
export const requestSignatureLimits: BulkheadLimits = {
  total: 192,
  share: 64,
  reserve: 64,
  waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 10_000 },
}

type SignedIdentity = MappedIdentity & { readonly signing: CallSigning }

export function isSigned(identity: CallIdentity): identity is SignedIdentity {
  return isMapped(identity) && identity.signing !== undefined
}

/** What is needed of a call to sign its request. */
export interface CallToSign {
  readonly identity: CallIdentity
  /** After a wait. */
  readonly chooseAgain: () => Promise<CallIdentity>
  readonly target: ParsedTargetUrl
  readonly method: string
  /** `[name, value, ...]` */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  /** Nobody signs for a caller that has gone. */
  readonly response: Closable
}

/** The body of a call before anybody has read it. */
export interface UnreadBody {
  readonly request: IncomingMessage
  readonly bodyHash: ExpectedBodyHash | undefined
}

/**
 * Calls of mappings whose requests are signed. Their bodies are held for the digest. What is signed is what goes out:
 * after a wait the identity is chosen again, and where it is another, so is the signature.
 */
export class SignedCalls {
  readonly #bodies: Bulkhead
  readonly #signatures: Bulkhead
  readonly #counts = { signed: 0, failed: 0 }
  /** By what they were read from, which its account or the cache of identities holds. */
  readonly #keys = new WeakMap<object, SigningKey>()

  /**
   * @param bodies `request-bodies`, whose units are bytes; nobody waits in it
   * @param signatures `request-signatures`, whose units are those of `signingWork`
   */
  constructor(bodies: Bulkhead, signatures: Bulkhead, { registry }: ServiceMetrics) {
    this.#bodies = bodies
    this.#signatures = signatures
    readCounter({
      name: 'message_signatures_total',
      help: 'Requests that were signed for their targets, or could not be (signed, failed)',
      labelNames: ['result'],
      registry,
      read: () => Object.entries(this.#counts).map(([result, count]) => [{ result }, count] as const),
    })
  }

  /**
   * @param send with what is signed; it is called once
   * @throws CodedError why nothing could be signed: 424; `TOO_MANY_BODIES`, `TOO_MANY_CALLS`, `BODY_TOO_SLOW`,
   *   `OAUTH_BODY_HASH_MISMATCH`
   */
  async send<Call extends CallToSign>(
    call: Call & { readonly identity: SignedIdentity },
    unread: UnreadBody,
    send: (signed: Call) => Promise<void>,
  ): Promise<void> {
    const held = await this.#hold(call, unread)
    try {
      const headers = withoutFields(call.headers, signatureFields)
      const signed = { ...call, headers, body: held ? held.body : call.body }
      const sign = (identity: CallIdentity) => this.#sign(identity, signed)
      const chooseAgain = async () => sign(await call.chooseAgain())
      await send({ ...signed, identity: await sign(call.identity), chooseAgain })
    } finally {
      held?.release()
    }
  }

  /** The whole body, where one comes that is signed. It counts until the call is over, as it is held until then. */
  async #hold({ identity, body }: CallToSign & { readonly identity: SignedIdentity }, unread: UnreadBody) {
    if (body === null || !signsBody(identity.signing.signature)) return undefined
    const { request, bodyHash } = unread
    const declared = Number(request.headers['content-length'] ?? firstBytes)
    if (declared > maxSignedBodyBytes) throw bodyTooLarge()
    const room = new HeldBytes(this.#bodies, identity.accountId)
    try {
      room.growTo(declared)
      const bytes = Buffer.isBuffer(body) ? body : await readWhole(request, room)
      if (bytes !== body) checkBodyHash(bytes, bodyHash)
      return { body: bytes, release: () => room.release() }
    } catch (error) {
      room.release()
      throw error
    }
  }

  async #sign(first: CallIdentity, call: CallToSign): Promise<CallIdentity> {
    let identity = first
    for (let attempts = 0; attempts < maxAttempts; attempts++) {
      if (!isSigned(identity)) return identity
      // The mapping signed no bodies when this call came, so its body is on its way: there is no digest of it.
      if (signsBody(identity.signing.signature) && call.body !== null && !Buffer.isBuffer(call.body)) break
      const fields = await this.#fieldsFor(identity, call)
      const next = await call.chooseAgain()
      if (isSame(identity, next)) return { ...next, fields: withFields(next.fields ?? [], fields) }
      identity = next
    }
    throw new CodedError(
      'CLIENT_KEY_MISSING',
      'The certificate of this call, or what of it is signed, changed repeatedly while it was signed. Try again.',
    )
  }

  async #fieldsFor({ accountId, signing, fields }: SignedIdentity, call: CallToSign): Promise<readonly string[]> {
    const { target, method, body } = call
    const { pathAndQuery, normalised } = target
    const headers = fields ? withFields(call.headers, fields) : call.headers
    const length = bodyLength({ method, path: pathAndQuery, headers, body })
    try {
      const key = this.#keyOf(signing.signer)
      const sign = () =>
        signRequest(signing.signature, key, {
          method,
          url: normalised,
          authority: hostOf(normalised),
          pathAndQuery,
          headers,
          contentLength: length === Number.POSITIVE_INFINITY ? undefined : length,
          body: body === null || Buffer.isBuffer(body) ? body : undefined,
          now: Date.now(),
        })
      const signed = await this.#signatures.run(accountId, sign, signingWork(key), call.response)
      this.#counts.signed += 1
      return signed
    } catch (error) {
      this.#counts.failed += 1
      throw error
    }
  }

  #keyOf(signer: Signer): SigningKey {
    const source = 'key' in signer ? signer.key : signer.credentials
    const known = this.#keys.get(source)
    if (known !== undefined) return known
    const key =
      'key' in signer
        ? accountKeyOf(signer.privateKey, signer.key)
        : signingKeyOf(signer.credentials.privateKey, signer.credentials.certificates)
    this.#keys.set(source, key)
    return key
  }
}

/** Whether what was signed for one may go out with the other. */
function isSame(one: SignedIdentity, other: CallIdentity): other is SignedIdentity {
  return isSigned(other) && partsOf(one) === partsOf(other)
}

function partsOf({ credentials, signing, fields = [] }: SignedIdentity): string {
  return [credentials.versionId, signing.signerId, messageSignatureKey(signing.signature), ...fields].join('\n')
}

/** What a body takes of its account's share, from when it is announced until its call is over. */
class HeldBytes {
  readonly #bodies: Bulkhead
  readonly #accountId: AccountId
  readonly #permits: Permit[] = []
  #bytes = 0

  constructor(bodies: Bulkhead, accountId: AccountId) {
    this.#bodies = bodies
    this.#accountId = accountId
  }

  /** Twice as much at a time, where that will do. @throws CodedError `TOO_MANY_BODIES` */
  growTo(bytes: number): void {
    if (bytes <= this.#bytes) return
    const more = Math.min(Math.max(bytes, 2 * this.#bytes), maxSignedBodyBytes) - this.#bytes
    const permit = this.#bodies.acquire(this.#accountId, more)
    if (isPromise(permit)) throw new TypeError('nobody waits for room for a body')
    this.#permits.push(permit)
    this.#bytes += more
  }

  /** Nothing of it was parsed, so it does not count any longer than it is held. */
  release(): void {
    for (const permit of this.#permits) {
      permit.shrinkTo(1)
      permit.release()
    }
  }
}

async function readWhole(request: IncomingMessage, room: HeldBytes): Promise<Buffer> {
  try {
    return await readBodyBytes(request, { maxBytes: maxSignedBodyBytes, onGrowth: (bytes) => room.growTo(bytes) })
  } catch (error) {
    throw isCodedError(error) && error.code === 'BODY_TOO_LARGE' ? bodyTooLarge() : error
  }
}

function bodyTooLarge(): CodedError {
  return new CodedError(
    'SIGNATURE_BODY_TOO_LARGE',
    `Requests to this url are signed, and a body that is signed has at most ${maxSignedBodyBytes} bytes. Send less at once.`,
    { details: { limit: maxSignedBodyBytes } },
  )
}

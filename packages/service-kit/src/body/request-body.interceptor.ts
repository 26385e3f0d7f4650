import { setImmediate } from 'node:timers/promises'
import type { Bulkhead, BulkheadLimits, Permit } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import { checkBodyHash } from '@mtls-gateway/request-auth'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { finalize, type Observable } from 'rxjs'
import type { AuthenticatedRequest } from '../auth/credential-guard.ts'
import { bodyTooLarge, hasBody, readBodyBytes } from './body-bytes.ts'
import { isJson, type JsonLimits, parseJsonBody, weighJson } from './json-body.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The resource reads its body itself, or ignores it. Other resources accept only JSON. */
    leavesBody?: boolean
  }
}

const noBytes = new Uint8Array()
/** What weighs more takes milliseconds to weigh, to parse and to check: each of them has a turn of its own. */
const longWeight = 1024 * 1024

/**
 * Reads JSON bodies after the guards and before the pipes, unless the handler reads its body itself. A body takes from
 * its account's share of the memory for bodies until the request is answered.
 */
export class RequestBodyInterceptor implements NestInterceptor {
  readonly #maxBytes: number
  readonly #pool: Bulkhead
  readonly #limits: JsonLimits | undefined

  /**
   * @param pool `request-bodies`, whose units are bytes; nobody waits in it
   * @param limits of services without files in their bodies
   */
  constructor(maxBytes: number, pool: Bulkhead, limits?: JsonLimits) {
    this.#maxBytes = maxBytes
    this.#pool = pool
    this.#limits = limits
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>()
    const { credentials, leavesBody } = request.routeOptions.config
    // Without credentials there is no account to charge, so the body is not read. It is discarded after the answer.
    if (credentials === 'none') return next.handle()
    const isToRead = request.body === request.raw && !leavesBody
    if (isToRead && !isJson(request)) {
      throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'This resource takes JSON: send Content-Type: application/json.')
    }
    if (!hasBody(request.raw)) {
      // Some bodies are optional, but one that was signed must not be missing.
      checkBodyHash(noBytes, request.bodyHash)
      // Some clients send a Content-Type with every DELETE.
      if (isToRead) request.body = undefined
      return next.handle()
    }
    const permit = await this.#acquire(request, isToRead)
    try {
      const weight = isToRead ? await this.#read(request, permit) : 0
      return next.handle().pipe(
        finalize(() => {
          if (isToRead) permit.charge(weight + (request.workOnBody ?? 0))
          permit.release()
        }),
      )
    } catch (error) {
      permit.release()
      throw error
    }
  }

  async #acquire(request: AuthenticatedRequest, isToRead: boolean): Promise<Permit> {
    const declared = Number(request.headers['content-length'] ?? this.#maxBytes)
    // Bodies that a handler reads itself have a lower limit of their own.
    if (isToRead && declared > this.#maxBytes) throw bodyTooLarge(this.#maxBytes)
    return this.#pool.acquire(accountOf(request), Math.max(1, Math.min(declared, this.#maxBytes)))
  }

  /** @returns what it is charged for */
  async #read(request: AuthenticatedRequest, permit: Permit): Promise<number> {
    const { raw, bodyHash } = request
    try {
      const bytes = await readBodyBytes(raw, { maxBytes: this.#maxBytes })
      permit.shrinkTo(bytes.length)
      const weight = weighJson(bytes, 'body', this.#limits)
      permit.charge(weight)
      const isLong = weight > longWeight
      if (isLong) await setImmediate()
      request.body = parseJsonBody(bytes, bodyHash)
      if (isLong) await setImmediate()
      return weight
    } catch (error) {
      throw raw.errored === error ? cutOff(error) : error
    }
  }
}

/** Who is charged for a body. What has many app keys gets no more by them: each is for one account. */
export function accountOf({ params, principal }: Pick<AuthenticatedRequest, 'params' | 'principal'>): string {
  const { accountId } = params as { accountId?: string }
  if (accountId !== undefined) return accountId
  const [only, ...others] = principal.accounts === '*' ? [] : principal.accounts
  return only !== undefined && others.length === 0 ? only : principal.subject
}

/** A caller that disconnects is not our error. */
function cutOff(cause: unknown): CodedError {
  return new CodedError('MALFORMED_REQUEST', 'The connection ended before the body did.', { cause })
}

/** Leaves bodies unread, so that the guards run and answer first, whatever the type of the body. */
export function leaveBodiesUnread(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance()
  // Its own parsers, of JSON and of plain text, would be asked before a pattern is.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}

/** If bodies hold more than this for long, V8 marks the whole heap again and again. */
const share = 16 * 1024 * 1024

/** Above this nothing is gained. */
export const mostBodyBytes = (maxBodyBytes: number): number => 24 * maxBodyBytes

/** An account's share is then one of the largest bodies. */
export const leastBodyBytes = (maxBodyBytes: number): number => 3 * maxBodyBytes

/**
 * Shares out the memory for bodies and the time to parse them. An account gets two of the largest bodies, or four of a
 * forwarder's (fewer where there is little memory), and some room is kept for accounts that have none. Parsing blocks
 * the event loop, so an account's share is refilled at half a body a second.
 */
export function bodyLimits(maxBodyBytes: number, bytes = mostBodyBytes(maxBodyBytes)): BulkheadLimits {
  const total = Math.min(bytes, mostBodyBytes(maxBodyBytes))
  const reserve = Math.floor(total / 3)
  return {
    total,
    share: Math.min(share, Math.floor((total - reserve) / 2)),
    reserve,
    cooledPerSecond: maxBodyBytes / 2,
  }
}

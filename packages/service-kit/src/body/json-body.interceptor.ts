import { CodedError } from '@mtls-gateway/domain'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import type { Observable } from 'rxjs'
import type { AuthenticatedRequest } from '../auth/authenticated-request.ts'
import type { BodyBudget } from './body-budget.ts'
import { bodyTooLarge, readJsonBody } from './json-body.ts'
import { isJson } from './json-type.ts'
import { LeavesBody } from './unread-bodies.ts'

/** Reads a JSON body between the guards and the pipes, within a limit and the account's budget. */
export class JsonBodyInterceptor implements NestInterceptor {
  readonly #reflector: Reflector
  readonly #maxBytes: number
  readonly #budget: BodyBudget

  constructor(reflector: Reflector, maxBytes: number, budget: BodyBudget) {
    this.#reflector = reflector
    this.#maxBytes = maxBytes
    this.#budget = budget
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>()
    const isUnread = request.body === request.raw
    const leaves = this.#reflector.getAllAndOverride(LeavesBody, [context.getHandler(), context.getClass()])
    if (isUnread && !leaves) request.body = await this.#read(request)
    return next.handle()
  }

  /** Undefined where there is none: some clients send a Content-Type with every DELETE. */
  async #read(request: AuthenticatedRequest): Promise<unknown> {
    if (!isJson(request)) {
      throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'This resource takes JSON: send Content-Type: application/json.')
    }
    const declared = Number(request.headers['content-length'] ?? this.#maxBytes)
    if (declared > this.#maxBytes) throw bodyTooLarge(this.#maxBytes)
    const { accountId = request.principal.subject } = request.params as { accountId?: string }
    const giveBack = this.#budget.take(accountId, declared)
    try {
      return await readJsonBody(request.raw, this.#maxBytes, request.bodyHash)
    } catch (error) {
      throw request.raw.errored === error ? cutOff(error) : error
    } finally {
      giveBack()
    }
  }
}

/** A caller that goes away is no defect of ours. */
function cutOff(cause: unknown): CodedError {
  return new CodedError('MALFORMED_REQUEST', 'The connection ended before the body did.', { cause })
}

import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Observable } from 'rxjs'
import type { AuthenticatedRequest } from '../auth/authenticated-request.ts'
import type { BodyBudget } from './body-budget.ts'
import { bodyTooLarge, readJsonBody } from './json-body.ts'

/** Hands JSON bodies on unread, so that the guards run first; {@link JsonBodyInterceptor} reads them. */
export function leaveJsonUnread(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance()
  // Its own parsers, of JSON and of plain text, would be asked before a pattern is.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser(json, (_request, payload, done) => done(null, payload))
}

const json = /^application\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i

/** Reads a JSON body between the guards and the pipes, within a limit and the account's budget. */
export class JsonBodyInterceptor implements NestInterceptor {
  readonly #maxBytes: number
  readonly #budget: BodyBudget

  constructor(maxBytes: number, budget: BodyBudget) {
    this.#maxBytes = maxBytes
    this.#budget = budget
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>()
    if (request.body === request.raw) request.body = await this.#read(request)
    return next.handle()
  }

  async #read(request: AuthenticatedRequest): Promise<unknown> {
    const declared = Number(request.headers['content-length'] ?? this.#maxBytes)
    if (declared > this.#maxBytes) throw bodyTooLarge(this.#maxBytes)
    const { accountId = request.principal.subject } = request.params as { accountId?: string }
    const giveBack = this.#budget.take(accountId, declared)
    try {
      return await readJsonBody(request.raw, this.#maxBytes, request.bodyHash)
    } finally {
      giveBack()
    }
  }
}

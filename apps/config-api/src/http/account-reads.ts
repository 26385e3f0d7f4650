import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AuthenticatedRequest, exchangeOf } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import type { Observable } from 'rxjs'

/** What an account may have answered at once; an answer may hold all of a large account. */
export const accountReadLimits = {
  total: 24,
  share: 4,
  reserve: 8,
  waiting: { total: 1_600, share: 200, reserve: 800, limitMs: 30_000 },
}

/**
 * Divides the turns and the memory that reading takes: a read has its place until its answer has gone out, so that it is no use to ask
 * for much and read little. Changes of an account wait for each other anyway.
 */
export class AccountReadsInterceptor implements NestInterceptor {
  readonly #pool: Bulkhead

  /** @param pool `account-reads` */
  constructor(pool: Bulkhead) {
    this.#pool = pool
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp()
    const request = http.getRequest<AuthenticatedRequest & { params: { accountId?: string } }>()
    const { accountId } = request.params
    if (accountId === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return next.handle()
    const permit = await this.#pool.acquire(accountId, 1, http.getResponse<FastifyReply>().raw)
    exchangeOf(request.raw).onEnd(() => permit.release())
    return next.handle()
  }
}

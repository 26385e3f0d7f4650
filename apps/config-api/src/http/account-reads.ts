import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import { type AuthenticatedRequest, requestContextOf } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { mergeMap, type Observable } from 'rxjs'
import { isLongList, writeInTurns } from './long-lists.ts'

/** The least that a read counts for. Otherwise it counts one per record of its account, as it reads all of them. */
export const unitsARead = 100

/** Four reads of an account at once, then four a second of the largest: each takes some 50 ms of the event loop. */
export const accountReadLimits = {
  total: 24 * unitsARead,
  share: 4 * unitsARead,
  reserve: 8 * unitsARead,
  waiting: { total: 1_600, share: 200, reserve: 800, limitMs: 30_000 },
  cooledPerSecond: 40_000,
}

/**
 * Divides the turns and the memory that reading takes. A read keeps its place until its answer has gone out, so asking
 * for much and reading little of it gains nothing. Changes take places when it is their turn (`AccountChangeTurns`):
 * a request that brings one may first wait for processes that read keys. Long lists are built in turns with everyone
 * else's.
 */
export class AccountReadsInterceptor implements NestInterceptor {
  readonly #pool: Bulkhead
  readonly #writer: AccountWriter

  /** @param pool `account-reads` */
  constructor(pool: Bulkhead, writer: AccountWriter) {
    this.#pool = pool
    this.#writer = writer
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp()
    const request = http.getRequest<AuthenticatedRequest & { params: { accountId?: string } }>()
    const { accountId } = request.params
    if (accountId === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return next.handle()
    const reply = http.getResponse<FastifyReply>()
    const account = parseAccountId(accountId)
    const permit = await this.#pool.acquire(account, unitsARead, reply.raw)
    requestContextOf(request.raw).onEnd(() => {
      permit.charge(this.#writer.sizeOf(account))
      permit.release()
    })
    return next.handle().pipe(
      mergeMap(async (value: unknown) => {
        if (!isLongList(value)) return value
        const text = await writeInTurns(value)
        reply.type('application/json; charset=utf-8')
        return text
      }),
    )
  }
}

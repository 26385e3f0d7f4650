import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { writeInTurns } from '@mtls-gateway/event-loop'
import type { AccountWriter } from '@mtls-gateway/registry'
import { type AuthenticatedRequest, requestContextOf } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { FastifyReply } from 'fastify'
import { mergeMap, type Observable } from 'rxjs'
import { isByLastUse } from './list-order.ts'
import { isLongSearch } from './search.ts'

/** The minimum cost of a read. A larger account costs one unit per record that has to be parsed. */
export const unitsARead = 100
/** A record in an answer takes this part of the time of one that is parsed, and so many characters as much as one. */
const answeredPart = 1 / 4
const charactersARecord = 2_048
/** One of a segment, which is read and parsed each time. */
const recordsAChange = 2

/** A request that looked at more than the account itself. */
export interface ReadingRequest extends AuthenticatedRequest {
  /** Changes, in the account and in segments beside it. */
  lookedAt?: number
}

/** Marks what is below an account and reads nothing of it. */
export const LeavesAccount = Reflector.createDecorator<true>()

/** Marks what answers with an object whose members may be as long as lists. */
export const WritesSections = Reflector.createDecorator<true>()

/**
 * Four concurrent reads per account, then four a second of the largest one: each takes about 50 ms of the event loop.
 */
export const accountReadLimits = {
  total: 24 * unitsARead,
  share: 4 * unitsARead,
  reserve: 8 * unitsARead,
  waiting: { total: 1_600, share: 200, reserve: 800, limitMs: 30_000 },
  cooledPerSecond: 40_000,
}

/**
 * Shares out the time and memory that reads take. A read keeps its place until its answer has gone out, so a caller
 * gains nothing by asking for much and reading slowly. Other requests may wait for processes that read keys, or for
 * targets, so they take their places where they read an account or change it (`AccountChangeTurns`). All lists are
 * written in turns with everyone else's.
 */
export class AccountReadsInterceptor implements NestInterceptor {
  readonly #reflector: Reflector
  readonly #pool: Bulkhead
  readonly #writer: AccountWriter

  /** @param pool `account-reads` */
  constructor(reflector: Reflector, pool: Bulkhead, writer: AccountWriter) {
    this.#reflector = reflector
    this.#pool = pool
    this.#writer = writer
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp()
    const request = http.getRequest<
      ReadingRequest & { params: { accountId?: string }; query: { search?: unknown; sort?: unknown } }
    >()
    const { accountId } = request.params
    if (accountId === undefined || this.#reflector.get(LeavesAccount, context.getHandler())) return next.handle()
    const isSections = this.#reflector.get(WritesSections, context.getHandler())
    const reply = http.getResponse<FastifyReply>()
    const answer = { records: 0, characters: 0 }
    if (request.method === 'GET' || request.method === 'HEAD') {
      const account = parseAccountId(accountId)
      const permit = await this.#pool.acquire(account, unitsARead, reply.raw)
      requestContextOf(request.raw).onEnd(() => {
        const { lookedAt = 0, query } = request
        const isLong = typeof query.search === 'string' && isLongSearch(query.search)
        // For a list by last use, that of each entry is looked up.
        const part = isLong ? 1 : isByLastUse(query.sort) ? answeredPart : 0
        const { reading, whole } = this.#writer.costs(account)
        const answering = answer.records * answeredPart + answer.characters / charactersARecord
        permit.charge(reading + lookedAt * recordsAChange + whole * part + answering)
        permit.release()
      })
    }
    return next.handle().pipe(
      mergeMap(async (value: unknown) => {
        const onWritten = (characters: number) => {
          answer.characters += characters
        }
        if (Array.isArray(value)) answer.records = value.length
        else if (!isSections) return value
        const written = await writeInTurns(Object(value), onWritten)
        reply.type('application/json; charset=utf-8')
        return written
      }),
    )
  }
}

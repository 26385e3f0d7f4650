import { headerNames } from '@mtls-gateway/contract'
import type { AccountId, Command, RecordId } from '@mtls-gateway/domain'
import { AccountWriter, type Changed, type ChangeRecords } from '@mtls-gateway/registry'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { type Observable, tap } from 'rxjs'

/** A writer that remembers the changes whose notice the feed did not take, until their answer is made. */
export class NoticingWriter extends AccountWriter {
  readonly #delayed = new Set<RecordId>()

  override async change<Result>(
    accountId: AccountId,
    changeId: RecordId,
    command: Command<Result>,
    records?: ChangeRecords<Result>,
  ): Promise<Changed<Result>> {
    const changed = await super.change(accountId, changeId, command, records)
    if (!changed.noticed) this.#delayed.add(changeId)
    return changed
  }

  /** Whether the notice of this change is late; answers so once. */
  takeDelayed(changeId: RecordId): boolean {
    return this.#delayed.delete(changeId)
  }
}

/** The changes that a request makes, for its answer. */
export interface ChangingRequest extends AuthenticatedRequest {
  changeIds?: readonly RecordId[]
}

/** Says in the answer that forwarders may see a change late (within 5 minutes): the change itself is made. */
export class DelayedNoticeInterceptor implements NestInterceptor {
  readonly #writer: NoticingWriter

  constructor(writer: NoticingWriter) {
    this.#writer = writer
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp()
    return next
      .handle()
      .pipe(tap(() => this.#tell(http.getRequest<ChangingRequest>(), http.getResponse<FastifyReply>())))
  }

  #tell({ changeIds = [] }: ChangingRequest, reply: FastifyReply): void {
    const delayed = changeIds.filter((changeId) => this.#writer.takeDelayed(changeId))
    if (delayed.length > 0) void reply.header(headerNames.changeNotice, 'delayed')
  }
}

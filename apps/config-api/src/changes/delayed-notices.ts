import { headerNames } from '@mtls-gateway/contract'
import type { Account, AccountId, Command, RecordId } from '@mtls-gateway/domain'
import { AccountWriter, ApprovalRequested, type Changed, type ChangeRecords } from '@mtls-gateway/registry'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { type Observable, tap } from 'rxjs'

/** A writer that remembers changes whose notice could not be sent, until they have been answered. */
export class NoticingWriter extends AccountWriter {
  readonly #delayed = new Set<RecordId>()
  readonly #seenListeners: ((account: Account) => void)[] = []
  readonly #askedListeners: (() => void)[] = []

  /** Told of each account that is read or changed, as it is then. Must not throw. */
  onSeen(listener: (account: Account) => void): void {
    this.#seenListeners.push(listener)
  }

  /** Told of each change that waits for approval from then on. Must not throw. */
  onAsked(listener: () => void): void {
    this.#askedListeners.push(listener)
  }

  override async read(accountId: AccountId): Promise<Account> {
    const account = await super.read(accountId)
    this.#seen(account)
    return account
  }

  override async change<Result>(
    accountId: AccountId,
    changeId: RecordId,
    command: Command<Result>,
    records?: ChangeRecords<Result>,
  ): Promise<Changed<Result>> {
    const changed = await super.change(accountId, changeId, command, records).catch((error: unknown) => {
      if (error instanceof ApprovalRequested) this.#asked(error)
      throw error
    })
    this.#seen(changed.account)
    if (!changed.noticed) this.#delayed.add(changeId)
    return changed
  }

  #asked({ requested: { account, isNew } }: ApprovalRequested): void {
    this.#seen(account)
    if (isNew) for (const listener of this.#askedListeners) listener()
  }

  #seen(account: Account): void {
    for (const listener of this.#seenListeners) listener(account)
  }

  /** Whether the notice of this change is late. True only once per change. */
  takeDelayed(changeId: RecordId): boolean {
    return this.#delayed.delete(changeId)
  }
}

/** The changes that a request has made, for its answer. */
export interface ChangingRequest extends AuthenticatedRequest {
  changeIds?: readonly RecordId[]
}

/** Tells the client that forwarders may see its change late (within 5 minutes). The change itself has been made. */
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

import { type IdempotencyMark, keyReused, parseAccountId } from '@mtls-gateway/domain'
import { type AccountWriter, ApprovalRequested } from '@mtls-gateway/registry'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { catchError, from, type Observable } from 'rxjs'
import { idempotencyMark } from '../http/idempotency-mark.ts'
import type { ChangeReplay, RepeatedRequest } from './change-replay.ts'

/**
 * Answers a request that repeats an Idempotency-Key with what the first one made. A change is never made with a key
 * that the account knows, so the repetition fails, and only then is the key looked up. Of two requests that arrive at
 * the same moment, the compare-and-set lets only one through.
 */
export class RepeatedRequestInterceptor implements NestInterceptor {
  readonly #writer: AccountWriter
  readonly #replay: ChangeReplay

  constructor(writer: AccountWriter, replay: ChangeReplay) {
    this.#writer = writer
    this.#replay = replay
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest & RepeatedRequest>()
    if (request.headers['idempotency-key'] === undefined || request.method === 'GET') return next.handle()
    return next.handle().pipe(
      catchError((error: unknown) => {
        // The first one: it has noted the key, and its answer has what is shown this once.
        if (error instanceof ApprovalRequested) throw error
        return from(this.#answerAgain(request, error))
      }),
    )
  }

  /** @throws the error, unless the key is known: CodedError `IDEMPOTENCY_KEY_REUSED` if another request used it */
  async #answerAgain(request: AuthenticatedRequest & RepeatedRequest, error: unknown): Promise<unknown> {
    const mark = markWherePossible(request)
    const account = mark && (await this.#writer.readInTurn(parseAccountId(request.params.accountId ?? '')))
    const change = account?.changes.findLast(({ idempotency }) => idempotency?.key === mark?.key)
    if (!account || !change) throw error
    if (change.idempotency?.request !== mark?.request) throw keyReused()
    // It lists what the account has, as a GET does.
    const answer = await this.#writer.lookThrough(account.accountId, () =>
      this.#replay.answer(account, change, request),
    )
    if (answer === undefined) throw error
    return answer
  }
}

/** Undefined for a malformed key, for which the request has been refused. */
function markWherePossible(request: AuthenticatedRequest): IdempotencyMark | undefined {
  try {
    return idempotencyMark(request)
  } catch {
    return undefined
  }
}

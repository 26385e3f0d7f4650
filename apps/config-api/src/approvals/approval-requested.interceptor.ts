import type { ApprovalRequested as ApprovalRequestedView } from '@mtls-gateway/contract'
import { ApprovalRequested } from '@mtls-gateway/registry'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { catchError, from, type Observable } from 'rxjs'
import { type ApprovalRegistry, deciderOf } from './approval-registry.ts'

/** Answers 202 where a change waits for the word of a second person, whichever operation has asked for it. */
export class ApprovalRequestedInterceptor implements NestInterceptor {
  readonly #approvals: ApprovalRegistry

  constructor(approvals: ApprovalRegistry) {
    this.#approvals = approvals
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp()
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (!(error instanceof ApprovalRequested)) throw error
        void http.getResponse<FastifyReply>().status(202)
        return from(this.#answer(error, http.getRequest<AuthenticatedRequest>()))
      }),
    )
  }

  async #answer({ requested }: ApprovalRequested, { principal }: AuthenticatedRequest): Promise<ApprovalRequestedView> {
    const { answer } = requested
    const approval = await this.#approvals.viewRequested(requested, deciderOf(principal))
    return { approval, ...(answer !== undefined && { answer }) }
  }
}

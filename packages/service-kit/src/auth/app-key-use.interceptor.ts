import type { UsageRecorder } from '@mtls-gateway/coordination'
import { parseAppKey } from '@mtls-gateway/domain'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { Observable } from 'rxjs'
import type { AuthenticatedRequest } from './authenticated-request.ts'

/** Counts the use of the app key that signed a request, so that a key nobody uses any more can be found and deleted. */
export class AppKeyUseInterceptor implements NestInterceptor {
  readonly #usage: UsageRecorder

  constructor(usage: UsageRecorder) {
    this.#usage = usage
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    // Undefined if the resource is open to all.
    const { principal } = context.switchToHttp().getRequest<Partial<AuthenticatedRequest>>()
    const appKey = principal?.kind === 'oauth1' ? parseAppKey(principal.subject) : undefined
    if (principal && appKey) this.#usage.countAppKey(appKey.accountId, principal.subject)
    return next.handle()
  }
}

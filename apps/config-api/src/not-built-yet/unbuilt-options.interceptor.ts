import { CodedError } from '@mtls-gateway/domain'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import type { Observable } from 'rxjs'

const queryOptions = ['expiringWithinDays']
const headerOptions = ['idempotency-key']

/**
 * Options of the contract that are not built yet are refused: a client whose Idempotency-Key was passed over would
 * believe that it may repeat the request.
 */
export class UnbuiltOptionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query, headers } = context.switchToHttp().getRequest<FastifyRequest>()
    const asked =
      headerOptions.find((name) => headers[name] !== undefined) ??
      queryOptions.find((name) => typeof query === 'object' && query !== null && name in query)
    if (asked) throw new CodedError('NOT_BUILT_YET', `"${asked}" is not built yet. Send the request without it.`)
    return next.handle()
  }
}

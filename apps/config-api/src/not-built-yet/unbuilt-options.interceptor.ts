import { CodedError } from '@mtls-gateway/domain'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import type { FastifyRequest } from 'fastify'
import type { Observable } from 'rxjs'

/**
 * An option of the contract that is not built yet is refused: a client whose Idempotency-Key was passed over would believe
 * that it may repeat the request.
 */
export class UnbuiltOptionsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>()
    if (headers['idempotency-key'] !== undefined) {
      throw new CodedError('NOT_BUILT_YET', '"Idempotency-Key" is not built yet. Send the request without it.')
    }
    return next.handle()
  }
}

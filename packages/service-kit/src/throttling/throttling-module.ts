import type { RateCounter } from '@mtls-gateway/coordination'
import { type DynamicModule, type ExecutionContext, Injectable } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { ThrottlerGuard, type ThrottlerLimitDetail, ThrottlerModule } from '@nestjs/throttler'
import type { FastifyRequest } from 'fastify'
import { requestContextOf } from '../request-context.ts'
import { rateLimited } from './admit.ts'
import { rateKey } from './client-address.ts'
import { RateCounterStorage } from './rate-counter-storage.ts'

export interface Throttling {
  readonly counter: RateCounter
  readonly perSecond: number
}

/** Counts what no hook has: most requests are counted, and refused, before Nest has them. */
@Injectable()
export class RateGuard extends ThrottlerGuard {
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return requestContextOf(context.switchToHttp().getRequest<FastifyRequest>().raw).isCounted
  }

  protected override throwThrottlingException(_: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    throw rateLimited(detail.timeToBlockExpire)
  }
}

class ThrottlingModule {}

/** One limit per caller address for the whole service, not one per handler. */
export function throttlingModule({ counter, perSecond }: Throttling): DynamicModule {
  const throttler = ThrottlerModule.forRoot({
    throttlers: [{ limit: perSecond, ttl: 1_000 }],
    storage: new RateCounterStorage(counter),
    getTracker: (request) => rateKey(requestContextOf((request as FastifyRequest).raw).clientAddress),
    generateKey: (_, tracker) => tracker,
    setHeaders: false,
  })
  return { module: ThrottlingModule, imports: [throttler], providers: [{ provide: APP_GUARD, useClass: RateGuard }] }
}

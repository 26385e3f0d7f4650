import type { RateCounter } from '@mtls-gateway/coordination'
import { type DynamicModule, type ExecutionContext, Injectable } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { ThrottlerGuard, type ThrottlerLimitDetail, ThrottlerModule, type ThrottlerStorage } from '@nestjs/throttler'
import type { FastifyRequest } from 'fastify'
import { requestContextOf } from '../request-context.ts'
import { rateKey } from './client-address.ts'
import { rateLimited } from './rate-limit.ts'

/** Answers as the hooks do. */
@Injectable()
class RateGuard extends ThrottlerGuard {
  protected override throwThrottlingException(_: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    throw rateLimited(1_000 * detail.timeToBlockExpire)
  }
}

class ThrottlingModule {}

/**
 * Counts what no hook has: most requests are counted, and refused, before Nest has them. One limit per caller address
 * for the whole service, not one per handler.
 */
export function throttlingModule(counter: RateCounter, perSecond: number): DynamicModule {
  const throttler = ThrottlerModule.forRoot({
    throttlers: [{ limit: perSecond, ttl: 1_000 }],
    storage: storageOf(counter),
    getTracker: (request) => rateKey(requestContextOf((request as FastifyRequest).raw).clientAddress),
    generateKey: (_, tracker) => tracker,
    setHeaders: false,
    skipIf: (context) => requestContextOf(context.switchToHttp().getRequest<FastifyRequest>().raw).isCounted,
  })
  const guard = { provide: APP_GUARD, useClass: RateGuard }
  return { module: ThrottlingModule, imports: [throttler], providers: [guard] }
}

/**
 * Limit and window are those of our counter. The storage of @nestjs/throttler blocks a client for a whole
 * `blockDuration` after the first request too many, which halves the rate of a client that sends 160 a second. Here a
 * refused request does not count.
 */
function storageOf(counter: RateCounter): ThrottlerStorage {
  return {
    async increment(key) {
      const { admitted, retryAfterMs } = await counter.admit(key)
      return { totalHits: 0, timeToExpire: 0, isBlocked: !admitted, timeToBlockExpire: retryAfterMs / 1_000 }
    },
  }
}

import type { RateCounter } from '@mtls-gateway/coordination'
import { type DynamicModule, type ExecutionContext, Injectable } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { ThrottlerGuard, type ThrottlerLimitDetail, ThrottlerModule } from '@nestjs/throttler'
import type { FastifyRequest } from 'fastify'
import { rateLimited } from './admit.ts'
import { clientAddress, rateKey } from './client-address.ts'
import { RateCounterStorage } from './rate-counter-storage.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

export interface Throttling {
  readonly counter: RateCounter
  readonly perSecond: number
  readonly proxies: TrustedProxies
}

@Injectable()
export class RateGuard extends ThrottlerGuard {
  protected override throwThrottlingException(_: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    throw rateLimited(detail.timeToBlockExpire)
  }
}

class ThrottlingModule {}

/** One limit per caller address for the whole service, not one per handler. */
export function throttlingModule({ counter, perSecond, proxies }: Throttling): DynamicModule {
  const throttler = ThrottlerModule.forRoot({
    throttlers: [{ limit: perSecond, ttl: 1_000 }],
    storage: new RateCounterStorage(counter),
    getTracker: (request) => rateKey(clientAddress((request as FastifyRequest).raw, proxies)),
    generateKey: (_, tracker) => tracker,
    setHeaders: false,
  })
  return { module: ThrottlingModule, imports: [throttler], providers: [{ provide: APP_GUARD, useClass: RateGuard }] }
}

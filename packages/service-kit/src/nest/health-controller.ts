import { healthOperations, type Liveness, type Readiness } from '@mtls-gateway/contract'
import { Controller, type DynamicModule, Inject, Res } from '@nestjs/common'
import { SkipThrottle } from '@nestjs/throttler'
import type { FastifyReply } from 'fastify'
import { Health } from '../process/health.ts'
import { Operation } from './operation.ts'

@SkipThrottle()
@Controller()
class HealthController {
  readonly #health: Health

  constructor(@Inject(Health) health: Health) {
    this.#health = health
  }

  @Operation(healthOperations.getLiveness)
  live(): Liveness {
    return { status: 'ok' }
  }

  @Operation(healthOperations.getReadiness)
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const report = await this.#health.report()
    if (report.status === 'starting' || report.status === 'stopping') void reply.status(503)
    return report
  }
}

class HealthModule {}

export function healthModule(health: Health): DynamicModule {
  return { module: HealthModule, controllers: [HealthController], providers: [{ provide: Health, useValue: health }] }
}

import { Controller, type DynamicModule, Get, Inject, Res } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger'
import { SkipThrottle } from '@nestjs/throttler'
import type { FastifyReply } from 'fastify'
import { OpenToAll } from '../auth/credentials.ts'
import { Health, type HealthReport } from './health.ts'

@ApiTags('health')
@OpenToAll(true)
@SkipThrottle()
@Controller('health')
export class HealthController {
  readonly #health: Health

  constructor(@Inject(Health) health: Health) {
    this.#health = health
  }

  @ApiOperation({ summary: 'Whether the process answers at all' })
  @ApiOkResponse({ description: 'It does' })
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' }
  }

  @ApiOperation({ summary: 'Whether the service takes requests, and what it depends on' })
  @ApiOkResponse({ description: '`status` is `degraded` while something that it depends on does not answer' })
  @ApiServiceUnavailableResponse({ description: 'During start and shutdown' })
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.#health.report()
    if (report.status === 'starting' || report.status === 'stopping') void reply.status(503)
    return report
  }
}

class HealthModule {}

export function healthModule(health: Health): DynamicModule {
  return { module: HealthModule, controllers: [HealthController], providers: [{ provide: Health, useValue: health }] }
}

import type { AccountId } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerPage, type PageQuery, pageQuerySchema } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { type AuditEntry, AuditTrail } from './audit-trail.ts'

@ApiTags('audit')
@Controller('mtls/account/:accountId/audit')
export class AuditController {
  readonly #trail: AuditTrail

  constructor(@Inject(AuditTrail) trail: AuditTrail) {
    this.#trail = trail
  }

  @Get()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ): Promise<readonly AuditEntry[]> {
    return answerPage(request, reply, await this.#trail.list(account, query))
  }
}

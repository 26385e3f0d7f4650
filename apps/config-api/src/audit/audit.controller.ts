import { type AuditEntry, type ChangeQuery, accountOperations as operations } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import type { ReadingRequest } from '../http/account-reads.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { AuditTrail } from './audit-trail.ts'

@Controller()
export class AuditController {
  readonly #trail: AuditTrail

  constructor(@Inject(AuditTrail) trail: AuditTrail) {
    this.#trail = trail
  }

  @Operation(operations.listChanges)
  async list(
    @Req() request: ReadingRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listChanges) query: ChangeQuery,
  ): Promise<readonly AuditEntry[]> {
    const list = await this.#trail.list(account, query)
    request.lookedAt = list.lookedAt
    return answerPage(request, reply, list)
  }
}

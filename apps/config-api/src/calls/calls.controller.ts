import { type CallQuery, callOperations as operations, type RecentCall } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerUntagged } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { RecentCallList } from './recent-call-list.ts'

@Controller()
export class CallsController {
  readonly #calls: RecentCallList

  constructor(@Inject(RecentCallList) calls: RecentCallList) {
    this.#calls = calls
  }

  @Operation(operations.listCalls)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listCalls) query: CallQuery,
  ): Promise<readonly RecentCall[]> {
    return answerUntagged(request, reply, await this.#calls.list(account, query))
  }
}

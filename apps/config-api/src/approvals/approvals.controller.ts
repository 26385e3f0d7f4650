import {
  type ApprovalDecision,
  type ApprovalQuery,
  type ApprovalRefusal,
  type ApprovalRequest,
  approvalOperations as operations,
} from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { WritesSections } from '../http/account-reads.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { ApprovalRegistry, deciderOf } from './approval-registry.ts'

@Controller()
export class ApprovalsController {
  readonly #approvals: ApprovalRegistry

  constructor(@Inject(ApprovalRegistry) approvals: ApprovalRegistry) {
    this.#approvals = approvals
  }

  @Operation(operations.listApprovals)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listApprovals) query: ApprovalQuery,
  ): Promise<readonly ApprovalRequest[]> {
    return answerPage(request, reply, await this.#approvals.list(account, query, deciderOf(request.principal)))
  }

  @Operation(operations.getApproval)
  @WritesSections(true)
  get(
    @Req() { principal }: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('approvalId') id: string,
  ): Promise<ApprovalRequest> {
    return this.#approvals.get(account, id, deciderOf(principal))
  }

  @Operation(operations.approve)
  @WritesSections(true)
  approve(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('approvalId') id: string,
    @BodyOf(operations.approve) body: ApprovalDecision,
  ): Promise<ApprovalRequest> {
    return this.#approvals.approve(account, id, body, deciderOf(request.principal), changeContext(request))
  }

  @Operation(operations.refuse)
  @WritesSections(true)
  refuse(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('approvalId') id: string,
    @BodyOf(operations.refuse) body: ApprovalRefusal,
  ): Promise<ApprovalRequest> {
    return this.#approvals.refuse(account, id, body, deciderOf(request.principal), changeContext(request))
  }
}

import {
  type CreatedInvitation,
  type DescribedInvitation,
  type Invitation,
  type InvitationRequest,
  limits,
  invitationOperations as operations,
  type PageQuery,
  type RedeemedInvitation,
  type RevokedInvitation,
  redemptionRequest,
} from '@mtls-gateway/contract'
import type { RateCounter } from '@mtls-gateway/coordination'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf, TrustedProxies } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { admitAttempt, readAttempt } from '../http/anonymous-attempts.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { REDEMPTIONS } from '../runtime/tokens.ts'
import { InvitationRegistry } from './invitation-registry.ts'

@Controller()
export class InvitationsController {
  readonly #invitations: InvitationRegistry
  readonly #rates: RateCounter
  readonly #proxies: TrustedProxies

  constructor(
    @Inject(InvitationRegistry) invitations: InvitationRegistry,
    @Inject(REDEMPTIONS) rates: RateCounter,
    @Inject(TrustedProxies) proxies: TrustedProxies,
  ) {
    this.#invitations = invitations
    this.#rates = rates
    this.#proxies = proxies
  }

  @Operation(operations.createInvitation)
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createInvitation) body: InvitationRequest,
  ): Promise<CreatedInvitation> {
    return this.#invitations.create(account, body, request.principal.scopes, changeContext(request))
  }

  @Operation(operations.listInvitations)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listInvitations) query: PageQuery,
  ): Promise<readonly Invitation[]> {
    return answerPage(request, reply, await this.#invitations.list(account, query))
  }

  @Operation(operations.revokeInvitation)
  revoke(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('invitationId') id: string,
  ): Promise<RevokedInvitation> {
    return this.#invitations.revoke(account, id, changeContext(request))
  }

  @Operation(operations.describeInvitation)
  async describe(@Req() request: FastifyRequest): Promise<DescribedInvitation> {
    await admitAttempt(request, this.#rates, this.#proxies)
    return this.#invitations.describe(await readRedemption(request))
  }

  @Operation(operations.redeemInvitation)
  async redeem(@Req() request: FastifyRequest): Promise<RedeemedInvitation> {
    const address = await admitAttempt(request, this.#rates, this.#proxies)
    return this.#invitations.redeem(await readRedemption(request), address)
  }
}

/** The code that was sent. @throws CodedError `VALIDATION_FAILED`, and of {@link readAttempt} */
async function readRedemption(request: FastifyRequest): Promise<string> {
  const sentence = 'Send the code of the invitation as JSON: {"code": "mtlsinvite_..."}.'
  const refused = () => new CodedError('VALIDATION_FAILED', sentence, { details: { field: 'code' } })
  return (await readAttempt(request, redemptionRequest, limits.redemption, refused)).code
}

import { callerOperations as operations, type TokenIssuers } from '@mtls-gateway/contract'
import { CodedError, ServiceCatalogue } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, type BearerVerification, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { viewTokenIssuers } from './token-issuers-view.ts'
import { BEARER_VERIFIER } from './tokens.ts'

/** Whose tokens are accepted: for operators, as rules name the accounts of all tenants. */
@Controller()
export class TokenIssuersController {
  readonly #verification: BearerVerification
  readonly #services: ServiceCatalogue

  constructor(
    @Inject(BEARER_VERIFIER) verification: BearerVerification,
    @Inject(ServiceCatalogue) services: ServiceCatalogue,
  ) {
    this.#verification = verification
    this.#services = services
  }

  @Operation(operations.listTokenIssuers)
  list(@Req() { principal }: AuthenticatedRequest): TokenIssuers {
    if (principal.accounts !== '*') {
      const message = 'Token issuers are shown only to credentials for all accounts ("*").'
      throw new CodedError('WRONG_ACCOUNT', message, {
        refusal: { reason: 'account-wrong', caller: principal.subject },
      })
    }
    return viewTokenIssuers(this.#verification, this.#services)
  }
}

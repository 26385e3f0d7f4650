import { acmeOperations as operations } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import type { OpenedIssuers } from '@mtls-gateway/issuance'
import { Operation } from '@mtls-gateway/service-kit'
import { Controller, Header, Inject, Param } from '@nestjs/common'
import { OPENED_ISSUERS } from '../runtime/tokens.ts'

/** What CAs ask for, on port 80 of the names that they are to sign. */
@Controller()
export class AcmeChallengesController {
  readonly #issuers: Pick<OpenedIssuers, 'answerChallenge'>

  constructor(@Inject(OPENED_ISSUERS) issuers: OpenedIssuers) {
    this.#issuers = issuers
  }

  @Operation(operations.answerAcmeChallenge)
  @Header('content-type', 'text/plain')
  async answer(@Param('token') token: string): Promise<string> {
    const answer = await this.#issuers.answerChallenge(token)
    if (answer === undefined) {
      const message =
        'There is no proof for this token. Check that there is an issuer of the kind acme, and that all of them have the same account key.'
      throw new CodedError('NOT_FOUND', message)
    }
    return answer
  }
}

import { trialOperations as operations, type Trial, type TrialRequest } from '@mtls-gateway/contract'
import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { entryContext } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { CertificateTrials } from './certificate-trials.ts'

/** Tries a stored certificate at a url. */
@Controller()
export class TrialsController {
  readonly #trials: CertificateTrials

  constructor(@Inject(CertificateTrials) trials: CertificateTrials) {
    this.#trials = trials
  }

  @Operation(operations.tryCertificate)
  try(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.tryCertificate) body: TrialRequest,
  ): Promise<Trial> {
    return this.#trials.run(account, entryContext(request), id, body)
  }
}

import { rotationOperations as operations, type Propagation } from '@mtls-gateway/contract'
import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject } from '@nestjs/common'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { PropagationTeller } from './propagation.ts'

/** The receipt of a rotation: what the forwarders serve. */
@Controller()
export class PropagationController {
  readonly #propagation: PropagationTeller

  constructor(@Inject(PropagationTeller) propagation: PropagationTeller) {
    this.#propagation = propagation
  }

  @Operation(operations.getPropagation)
  get(@AccountParam() account: AccountId, @CertificateParam() id: CertificateId): Promise<Propagation> {
    return this.#propagation.of(account, id)
  }
}

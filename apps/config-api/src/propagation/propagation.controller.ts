import {
  rotationOperations as operations,
  type PropagationQuery,
  type Propagation as PropagationView,
} from '@mtls-gateway/contract'
import { type AccountId, type CertificateId, parseMappingId } from '@mtls-gateway/domain'
import { Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject } from '@nestjs/common'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { Propagation } from './propagation.ts'

/** Shows which version of a certificate the forwarders serve. */
@Controller()
export class PropagationController {
  readonly #propagation: Propagation

  constructor(@Inject(Propagation) propagation: Propagation) {
    this.#propagation = propagation
  }

  @Operation(operations.getPropagation)
  get(
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @QueryOf(operations.getPropagation) { mapping }: PropagationQuery,
  ): Promise<PropagationView> {
    return this.#propagation.of(account, id, parseMappingId(mapping))
  }
}

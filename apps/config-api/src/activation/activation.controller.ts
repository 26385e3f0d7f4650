import {
  type ActivationQuery,
  type ActivationRequest,
  type Mapping,
  activationOperations as operations,
} from '@mtls-gateway/contract'
import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { changeContext, twoChanges } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { MappingRegistry } from '../mappings/mapping-registry.ts'
import { Activations } from './activations.ts'

/** Maps a url to a certificate in one step. */
@Controller()
export class ActivationController {
  readonly #activations: Activations
  readonly #mappings: MappingRegistry

  constructor(@Inject(Activations) activations: Activations, @Inject(MappingRegistry) mappings: MappingRegistry) {
    this.#activations = activations
    this.#mappings = mappings
  }

  @Operation(operations.activateCertificate)
  async activate(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @QueryOf(operations.activateCertificate) { isValidateUrlEnabled }: ActivationQuery,
    @BodyOf(operations.activateCertificate) body: ActivationRequest,
  ): Promise<Mapping> {
    const activation = await this.#activations.read(account, id, body)
    if (isValidateUrlEnabled === 'false') return this.#mappings.activate(account, activation, changeContext(request))
    const changes = twoChanges(request, 'account')
    await this.#activations.validate(account, changes.first, activation)
    return this.#mappings.activate(account, activation, changes.last())
  }
}

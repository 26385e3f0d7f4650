import type { AccountId, Activation, CertificateId, CommandContext } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, Inject, Post, Query, Req } from '@nestjs/common'
import { changeContext, twoChanges } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { MappingRegistry } from '../mappings/mapping-registry.ts'
import type { MappingView } from '../mappings/mapping-view.ts'
import {
  type ActivationBody,
  type ActivationQuery,
  activationQuerySchema,
  activationSchema,
} from './activation-request.ts'
import { Activations } from './activations.ts'

/** Maps a url to a certificate in one step (contract, "Config API"). */
@ApiTags('mappings')
@Controller('mtls/account/:accountId/certificates/activate')
export class ActivationController {
  readonly #activations: Activations
  readonly #mappings: MappingRegistry

  constructor(@Inject(Activations) activations: Activations, @Inject(MappingRegistry) mappings: MappingRegistry) {
    this.#activations = activations
    this.#mappings = mappings
  }

  @Post(':certificateId')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async activate(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @Query({ schema: activationQuerySchema }) { isValidateUrlEnabled }: ActivationQuery,
    @Body({ schema: activationSchema }) { serviceName, url }: ActivationBody,
  ): Promise<MappingView> {
    const activation = this.#activations.read(id, serviceName, url)
    if (isValidateUrlEnabled === 'false') return this.#map(account, changeContext(request), activation)
    const changes = twoChanges(request, 'account')
    await this.#activations.validate(account, changes.first, activation)
    return this.#map(account, changes.last(), activation)
  }

  async #map(account: AccountId, context: CommandContext, activation: Activation): Promise<MappingView> {
    return this.#mappings.viewOne(account, await this.#activations.map(account, context, activation))
  }
}

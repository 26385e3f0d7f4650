import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { ApiTags, Credentials } from '@mtls-gateway/service-kit'
import { Controller, Get, Inject } from '@nestjs/common'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { Propagation, type PropagationView } from './propagation.ts'

/** The receipt of a rotation: what the forwarders serve. */
@ApiTags('rotation')
@Controller('mtls/account/:accountId/certificates/:certificateId/propagation')
export class PropagationController {
  readonly #propagation: Propagation

  constructor(@Inject(Propagation) propagation: Propagation) {
    this.#propagation = propagation
  }

  @Get()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:read' })
  get(@AccountParam() account: AccountId, @CertificateParam() id: CertificateId): Promise<PropagationView> {
    return this.#propagation.of(account, id)
  }
}

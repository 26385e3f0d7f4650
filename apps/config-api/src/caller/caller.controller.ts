import { type Caller, callerOperations as operations } from '@mtls-gateway/contract'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { viewCaller } from './caller-view.ts'

@Controller()
export class CallerController {
  readonly #services: ServiceCatalogue

  constructor(@Inject(ServiceCatalogue) services: ServiceCatalogue) {
    this.#services = services
  }

  @Operation(operations.whoAmI)
  whoAmI(@Req() { principal }: AuthenticatedRequest): Caller {
    return viewCaller(principal, this.#services)
  }
}

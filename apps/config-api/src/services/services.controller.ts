import { serviceOperations as operations, type Service } from '@mtls-gateway/contract'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject } from '@nestjs/common'
import { LeavesAccount } from '../http/account-reads.ts'

@Controller()
export class ServicesController {
  readonly #catalogue: ServiceCatalogue

  constructor(@Inject(ServiceCatalogue) catalogue: ServiceCatalogue) {
    this.#catalogue = catalogue
  }

  @Operation(operations.listServices)
  @LeavesAccount(true)
  list(): readonly Service[] {
    return this.#catalogue.services.map(({ number, name }) => ({ id: number, name }))
  }
}

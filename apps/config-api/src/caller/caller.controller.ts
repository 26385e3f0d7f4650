import { type Caller, callerOperations as operations } from '@mtls-gateway/contract'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Req } from '@nestjs/common'
import { viewCaller } from './caller-view.ts'

@Controller()
export class CallerController {
  @Operation(operations.whoAmI)
  whoAmI(@Req() { principal }: AuthenticatedRequest): Caller {
    return viewCaller(principal)
  }
}

import { targetCaOperations as operations, type TargetCa, type TargetCaRequest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { TracedCalls } from '@mtls-gateway/outbound'
import { BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject } from '@nestjs/common'
import { AccountParam } from '../http/path-params.ts'
import { fetchTargetCa } from './fetch-target-ca.ts'

/** Shows which CA a target's certificate comes from. */
@Controller()
export class TargetCaController {
  readonly #calls: TracedCalls

  constructor(@Inject(TracedCalls) calls: TracedCalls) {
    this.#calls = calls
  }

  @Operation(operations.fetchTargetCa)
  fetch(
    @AccountParam() account: AccountId,
    @BodyOf(operations.fetchTargetCa) body: TargetCaRequest,
  ): Promise<TargetCa> {
    return fetchTargetCa(this.#calls, account, body)
  }
}

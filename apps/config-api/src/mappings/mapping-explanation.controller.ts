import { type Explanation, mappingOperations as operations, type ServiceAndUrl } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject } from '@nestjs/common'
import { AccountParam } from '../http/path-params.ts'
import { MappingExplainer } from './mapping-explainer.ts'

/** Explains why a call uses its mapping, or none (docs/mappings.md). */
@Controller()
export class MappingExplanationController {
  readonly #explainer: MappingExplainer

  constructor(@Inject(MappingExplainer) explainer: MappingExplainer) {
    this.#explainer = explainer
  }

  @Operation(operations.explainMapping)
  explain(
    @AccountParam() account: AccountId,
    @BodyOf(operations.explainMapping) body: ServiceAndUrl,
  ): Promise<Explanation> {
    return this.#explainer.explain(account, body)
  }
}

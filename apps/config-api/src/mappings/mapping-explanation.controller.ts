import type { AccountId } from '@mtls-gateway/domain'
import { ApiTags, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common'
import { AccountParam } from '../http/path-params.ts'
import type { ExplanationView } from './explanation-view.ts'
import { type ExplainBody, explainSchema, MappingExplainer } from './mapping-explainer.ts'

/** Why a call uses the mapping that it uses, or none (docs/mappings.md). */
@ApiTags('mappings')
@Controller('mtls/account/:accountId/mappings')
export class MappingExplanationController {
  readonly #explainer: MappingExplainer

  constructor(@Inject(MappingExplainer) explainer: MappingExplainer) {
    this.#explainer = explainer
  }

  @Post('explain')
  @HttpCode(200)
  @Credentials({ kinds: ['bearer'], scope: 'mtls:read' })
  explain(
    @AccountParam() account: AccountId,
    @Body({ schema: explainSchema }) body: ExplainBody,
  ): Promise<ExplanationView> {
    return this.#explainer.explain(account, body)
  }
}

import { accountOperations as operations, type WebhookTest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req } from '@nestjs/common'
import { AccountParam } from '../http/path-params.ts'
import { WebhookTests } from './webhook-tests.ts'

@Controller()
export class WebhookTestsController {
  readonly #tests: WebhookTests

  constructor(@Inject(WebhookTests) tests: WebhookTests) {
    this.#tests = tests
  }

  @Operation(operations.testWebhook)
  test(@Req() request: AuthenticatedRequest, @AccountParam() account: AccountId): Promise<WebhookTest> {
    const { principal, clientAddress } = request
    return this.#tests.run(account, { actor: principal.subject, address: clientAddress })
  }
}

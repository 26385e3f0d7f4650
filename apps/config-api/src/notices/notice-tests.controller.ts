import { accountOperations as operations, type WebhookTest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req } from '@nestjs/common'
import { AccountParam } from '../http/path-params.ts'
import { NoticeTests } from './notice-tests.ts'

@Controller()
export class NoticeTestsController {
  readonly #tests: NoticeTests

  constructor(@Inject(NoticeTests) tests: NoticeTests) {
    this.#tests = tests
  }

  @Operation(operations.testNotice)
  test(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('noticeId') id: string,
  ): Promise<WebhookTest> {
    const { principal, clientAddress } = request
    return this.#tests.run(account, id, { actor: principal.subject, address: clientAddress })
  }
}

import type { Closable } from '@mtls-gateway/bulkhead'
import { tokenTestOperations as operations, type TokenTest, type TokenTestQuery } from '@mtls-gateway/contract'
import { mappingNotFound, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import { Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Res } from '@nestjs/common'
import { TokenTests } from './token-tests.ts'

@Controller()
export class TokenTestController {
  readonly #tests: TokenTests

  constructor(@Inject(TokenTests) tests: TokenTests) {
    this.#tests = tests
  }

  @Operation(operations.testToken)
  test(
    @Res({ passthrough: true }) reply: { readonly raw: Closable },
    @Param('accountId') account: string,
    @Param('mappingId') mapping: string,
    @QueryOf(operations.testToken) { version }: TokenTestQuery,
  ): Promise<TokenTest> {
    const mappingId = parseMappingId(mapping)
    if (mappingId === undefined) throw mappingNotFound(mapping)
    return this.#tests.test({ accountId: parseAccountId(account), mappingId, version, until: reply.raw })
  }
}

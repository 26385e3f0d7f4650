import {
  type CheckedEntry,
  type CheckMappingAnswer,
  type CheckMappingQuery,
  type EntryOfAccount,
  checkMappingOperations as operations,
} from '@mtls-gateway/contract'
import { type AccountId, CodedError, parseAccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req } from '@nestjs/common'
import { CheckMapping } from './check-mapping.ts'
import { checkMappingAnswer } from './check-mapping-answer.ts'

@Controller()
export class CheckMappingController {
  readonly #checkMapping: CheckMapping

  constructor(@Inject(CheckMapping) checkMapping: CheckMapping) {
    this.#checkMapping = checkMapping
  }

  @Operation(operations.checkMapping)
  async check(
    @Req() { principal }: AuthenticatedRequest,
    @QueryOf(operations.checkMapping) query: CheckMappingQuery,
    @BodyOf(operations.checkMapping) entries: readonly CheckedEntry[],
  ): Promise<CheckMappingAnswer> {
    return checkMappingAnswer(query, entries, await this.#checkMapping.check(principal, entries))
  }

  @Operation(operations.checkMappingOfAccount)
  async checkOfAccount(
    @Req() { principal }: AuthenticatedRequest,
    @Param('accountId') accountId: string,
    @QueryOf(operations.checkMappingOfAccount) query: CheckMappingQuery,
    @BodyOf(operations.checkMappingOfAccount) entriesOfAccount: readonly EntryOfAccount[],
  ): Promise<CheckMappingAnswer> {
    const account = parseAccountId(accountId)
    const entries = entriesOfAccount.map((entry) => ({ ...entry, accountId: entry.accountId ?? account }))
    refuseStrangers(account, entries)
    return checkMappingAnswer(query, entries, await this.#checkMapping.check(principal, entries))
  }
}

function refuseStrangers(account: AccountId, entries: readonly CheckedEntry[]): void {
  if (entries.every(({ accountId }) => accountId === account)) return
  throw new CodedError('WRONG_ACCOUNT', 'An entry is for another account than the one in the path.')
}

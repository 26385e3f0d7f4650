import type { Readable } from 'node:stream'
import {
  type CheckedEntry,
  type CheckMappingQuery,
  type EntryOfAccount,
  checkMappingOperations as operations,
} from '@mtls-gateway/contract'
import { type AccountId, CodedError, parseAccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Header, Inject, Param, Req } from '@nestjs/common'
import { CheckMapping } from './check-mapping.ts'
import { checkMappingAnswer } from './check-mapping-answer.ts'

/** Checking a url, looking it up and answering takes as long as parsing so many more of its length. */
const lookUpWork = 4
const json = 'application/json; charset=utf-8'

@Controller()
export class CheckMappingController {
  readonly #checkMapping: CheckMapping

  constructor(@Inject(CheckMapping) checkMapping: CheckMapping) {
    this.#checkMapping = checkMapping
  }

  @Operation(operations.checkMapping)
  @Header('content-type', json)
  check(
    @Req() request: AuthenticatedRequest,
    @QueryOf(operations.checkMapping) query: CheckMappingQuery,
    @BodyOf(operations.checkMapping) entries: readonly CheckedEntry[],
  ): Promise<string | Readable> {
    return this.#answer(request, query, entries)
  }

  @Operation(operations.checkMappingOfAccount)
  @Header('content-type', json)
  async checkOfAccount(
    @Req() request: AuthenticatedRequest,
    @Param('accountId') accountId: string,
    @QueryOf(operations.checkMappingOfAccount) query: CheckMappingQuery,
    @BodyOf(operations.checkMappingOfAccount) entriesOfAccount: readonly EntryOfAccount[],
  ): Promise<string | Readable> {
    const account = parseAccountId(accountId)
    const entries = entriesOfAccount.map((entry) => ({ ...entry, accountId: entry.accountId ?? account }))
    refuseStrangers(account, entries)
    return this.#answer(request, query, entries)
  }

  async #answer(
    request: AuthenticatedRequest,
    query: CheckMappingQuery,
    entries: readonly CheckedEntry[],
  ): Promise<string | Readable> {
    request.workOnBody = entries.reduce((sum, { url }) => sum + url.length * lookUpWork, 0)
    const answers = await this.#checkMapping.check(request.principal, entries)
    return checkMappingAnswer(query, entries, answers)
  }
}

function refuseStrangers(account: AccountId, entries: readonly CheckedEntry[]): void {
  if (entries.every(({ accountId }) => accountId === account)) return
  throw new CodedError('WRONG_ACCOUNT', 'An entry is for another account than the one in the path.')
}

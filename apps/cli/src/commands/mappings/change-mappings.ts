import { type ChangedEach, changeEach, type EachChange, entryFaults } from '@mtls-gateway/client'
import type { Mapping } from '@mtls-gateway/contract'
import { exitCodes } from '../../exit-codes.ts'
import { ApprovalWaits } from '../../http/approval-waits.ts'
import { changeMapping } from '../../http/change-mapping.ts'
import type { Connection } from '../../http/connection.ts'
import { mappingId } from '../../http/id-by-name.ts'
import { ServiceProblem } from '../../http/service-problem.ts'
import type { Output } from '../../output.ts'
import { waitingText } from '../../views/approval-text.ts'

/** As shells take them: a list of names or ids, at least one. */
export const mappingsArgument = ['<mapping...>', 'ids or names'] as const

/** Their ids, before any of them is changed. @throws CliFailure for a name that no mapping has */
export async function mappingIds(connection: Connection, idsOrNames: readonly string[]): Promise<readonly number[]> {
  const ids: number[] = []
  for (const idOrName of idsOrNames) ids.push(Number(await mappingId(connection, idOrName)))
  return [...new Set(ids)]
}

/** Enables or disables one mapping and shows it, or several and says which could not be changed. */
export async function switchMappings(
  connection: Connection,
  output: Output,
  idsOrNames: readonly string[],
  { enable, render }: { readonly enable: boolean; readonly render: (mapping: Mapping) => string },
): Promise<void> {
  const [only = '', ...others] = idsOrNames
  if (others.length === 0) return output.answer(await changeMapping(connection, only, { enable }), render)
  const ids = await mappingIds(connection, idsOrNames)
  showChanges(output, await changeMappings(connection, ids, { enable }), enable ? 'Enabled' : 'Disabled')
}

export function changeMappings(
  { configApi }: Connection,
  ids: readonly number[],
  change: EachChange,
): Promise<ChangedEach> {
  const faultsOf = (error: unknown) => (error instanceof ServiceProblem ? entryFaults(error.answer.body) : new Map())
  const approvalOf = (error: unknown) => (error instanceof ApprovalWaits ? error.approval : undefined)
  return changeEach({ send: (request) => configApi.updateMappings(request), ids, change, faultsOf, approvalOf })
}

/** @param done what was done, such as `Disabled` */
export function showChanges(output: Output, result: ChangedEach, done: string): void {
  const { changed, failed, waiting, isDelayed } = result
  const body = { changed, failed, ...(waiting.length > 0 && { waiting }) }
  const count = changed.length === 1 ? '1 mapping' : `${changed.length} mappings`
  output.answer({ text: JSON.stringify(body), body, isDelayed }, () => `${done} ${count}.`)
  for (const { id, detail } of failed) output.complain(`Not ${done.toLowerCase()}: ${id}. ${detail}`)
  for (const approval of waiting) output.complain(waitingText(approval))
  if (waiting.length > 0) output.exitCode = exitCodes.waits
  if (failed.length > 0) output.exitCode = exitCodes.refused
}

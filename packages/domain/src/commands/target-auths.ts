import type { CommandContext } from '../account/command.ts'
import { isCodedError } from '../errors/coded-error.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { hostOf } from '../mappings/mapping-url.ts'
import { type AskedTargetAuth, nextTargetAuth, type TargetAuth } from '../mappings/target-auth.ts'
import { type EntryFault, throwFaults } from './entry-faults.ts'

/** What is undefined stays as it is; null removes it. */
interface ChangedAuth extends Pick<Mapping, 'id'> {
  readonly url?: Mapping['url'] | undefined
  readonly targetAuth?: AskedTargetAuth | null | undefined
  readonly deleted?: boolean | undefined
}

/** What mappings of a list have, in its order. @throws CodedError with every fault by index */
export function newTargetAuths(
  context: CommandContext,
  entries: readonly { readonly url: Mapping['url']; readonly targetAuth?: AskedTargetAuth | undefined }[],
): readonly (TargetAuth | undefined)[] {
  return eachOrFaults(entries, ({ url, targetAuth }) => nextTargetAuth(undefined, targetAuth, context, hostOf(url)))
}

/** As {@link newTargetAuths}; null removes what there is. */
export function changedTargetAuths(
  context: CommandContext,
  updates: readonly ChangedAuth[],
  byId: ReadonlyMap<Mapping['id'], Mapping>,
): readonly (TargetAuth | undefined)[] {
  return eachOrFaults(updates, ({ id, url, targetAuth, deleted }) => {
    const before = byId.get(id)
    if (deleted || before === undefined) return before?.targetAuth
    if (targetAuth === null) return undefined
    return nextTargetAuth(before.targetAuth, targetAuth, context, hostOf(url ?? before.url))
  })
}

function eachOrFaults<Entry>(
  entries: readonly Entry[],
  auth: (entry: Entry) => TargetAuth | undefined,
): readonly (TargetAuth | undefined)[] {
  const faults: EntryFault[] = []
  const auths = entries.map((entry, index) => {
    try {
      return auth(entry)
    } catch (error) {
      if (!isCodedError(error)) throw error
      faults.push({ index, code: error.code, message: error.message, ...error.details })
      return undefined
    }
  })
  throwFaults(faults, entries.length)
  return auths
}

import { type Account, CodedError, type Command, type RecordId } from '@mtls-gateway/domain'
import { sampleAppKey, sampleChange, sampleMapping } from './sample-account.ts'

/** Adds a mapping of this name and answers how many there were. Its name has its number, so repeats are the same. */
export function addMapping(changeId: RecordId, id: number): Command<number> {
  return (account) => {
    const mapping = sampleMapping({ id })
    if (account.mappings.some(({ name }) => name === mapping.name)) {
      throw new CodedError('MAPPING_NAME_TAKEN', 'The name is taken.')
    }
    const mappings = [...account.mappings, mapping]
    return { account: changed(account, changeId, { mappings }), result: account.mappings.length, revoked: [] }
  }
}

/** Removes the mapping, if it is there, and answers how many are left. */
export function removeMapping(changeId: RecordId, id: number): Command<number> {
  return (account) => {
    const mappings = account.mappings.filter((mapping) => mapping.id !== id)
    return { account: changed(account, changeId, { mappings }), result: mappings.length, revoked: [] }
  }
}

export function addAppKey(changeId: RecordId, appKey: RecordId): Command<void> {
  return (account) => {
    const appKeys = [...account.appKeys, sampleAppKey(appKey)]
    return { account: changed(account, changeId, { appKeys }), result: undefined, revoked: [] }
  }
}

export function revokeAppKey(changeId: RecordId, appKey: RecordId): Command<void> {
  return (account) => {
    const appKeys = account.appKeys.filter(({ id }) => id !== appKey)
    return { account: changed(account, changeId, { appKeys }), result: undefined, revoked: [appKey] }
  }
}

function changed(account: Account, changeId: RecordId, parts: Partial<Account>): Account {
  const revision = account.revision + 1
  return { ...account, ...parts, revision, changes: [...account.changes, sampleChange(revision, changeId)] }
}

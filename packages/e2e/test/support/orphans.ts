import { namedCaRecords, parseAccountId, versionsOf } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { kindFolder, type RecordKind, recordFolder, type SecretStore } from '@mtls-gateway/secret-store'

export interface Records {
  readonly keys: readonly string[]
  readonly chains: readonly string[]
  readonly appKeys: readonly string[]
}

/** For each account in a store, the records that are there, and those that its document names. */
export async function recordsOf(store: SecretStore): Promise<Map<string, { stored: Records; named: Records }>> {
  const reader = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: neverFollowed } })
  const accounts = new Map<string, { stored: Records; named: Records }>()
  for (const name of await store.list(kindFolder('accounts'))) {
    const account = parseAccountId(name)
    const list = async (kind: RecordKind) => [...(await store.list(recordFolder(kind, account)))].sort()
    const { certificates, mappings, trusts = [], appKeys } = await reader.read(account)
    const versions = certificates.flatMap(versionsOf)
    accounts.set(name, {
      stored: { keys: await list('keys'), chains: await list('chains'), appKeys: await list('app-keys') },
      named: {
        keys: versions.map(({ keyId }) => keyId).sort(),
        chains: [
          ...versions.flatMap(({ versionId }) => versionId ?? []),
          ...namedCaRecords({ mappings, trusts }),
        ].sort(),
        appKeys: appKeys.map(({ id }) => id).sort(),
      },
    })
  }
  return accounts
}

async function neverFollowed(): Promise<never> {
  throw new Error('only read here')
}

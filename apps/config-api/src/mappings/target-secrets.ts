import {
  type Account,
  type AccountId,
  type AskedTargetAuth,
  type Mapping,
  type RecordId,
  targetSecretIds,
} from '@mtls-gateway/domain'
import { type AccountWriter, newRecordId, type RecordName } from '@mtls-gateway/registry'
import pMap from 'p-map'
import type { RequestedAuth } from './target-auth-request.ts'

/** The records that a request has written, and what refers to them. */
export interface StoredAuths {
  /** In the order of the request. */
  readonly auths: readonly (AskedTargetAuth | null | undefined)[]
  readonly secretIds: readonly RecordId[]
}

/** The limit per request: a long list must not fill the store's queue. */
const recordsAtOnce = 8

/** Secrets that targets want: each a record that is written before the account names it, and never read here. */
export class TargetSecrets {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async store(accountId: AccountId, requested: readonly (RequestedAuth | null | undefined)[]): Promise<StoredAuths> {
    const secrets = new Map<RecordId, string>()
    const keep = (secret: string | undefined): RecordId | undefined => {
      if (secret === undefined) return undefined
      const id = newRecordId()
      secrets.set(id, secret)
      return id
    }
    const auths = requested.map((auth): AskedTargetAuth | null | undefined => {
      if (!auth) return auth
      if (auth.type === 'oauth2') {
        const { secret, ...rest } = auth
        return { ...rest, secretId: keep(secret) }
      }
      return { type: 'headers', headers: auth.headers.map(({ name, secret }) => ({ name, secretId: keep(secret) })) }
    })
    const put = ([id, secret]: [RecordId, string]) =>
      this.#writer.records.put('target-secrets', accountId, id, { secret })
    await pMap(secrets, put, { concurrency: recordsAtOnce })
    return { auths, secretIds: [...secrets.keys()] }
  }

  /**
   * Call it after a change: what the account does not name is purged. What was replaced is left to garbage collection:
   * forwarders whose copy of the account is older still call with it.
   */
  async settle(account: Account, written: readonly RecordId[], before: readonly Mapping[]): Promise<void> {
    const named = new Set(account.mappings.flatMap(({ targetAuth }) => targetSecretIds(targetAuth)))
    const wanting = new Set(account.mappings.flatMap(({ id, targetAuth }) => (targetAuth ? [id] : [])))
    const removed = before.filter(({ id }) => !wanting.has(id))
    const known = [...written, ...removed.flatMap(({ targetAuth }) => targetSecretIds(targetAuth))]
    await this.#writer.records.purge(
      targetSecretRecords(
        account.accountId,
        known.filter((id) => !named.has(id)),
      ),
    )
  }
}

export function targetSecretRecords(accountId: AccountId, ids: readonly RecordId[]): readonly RecordName[] {
  return ids.map((id) => ({ kind: 'target-secrets', accountId, id }))
}

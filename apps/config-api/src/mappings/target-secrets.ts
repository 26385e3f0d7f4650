import { createHmac } from 'node:crypto'
import {
  type Account,
  type AccountId,
  type AskedSecret,
  type AskedTargetAuth,
  isKeptForApproval,
  type Mapping,
  type RecordId,
  targetSecretIds,
} from '@mtls-gateway/domain'
import { type AccountWriter, newRecordId, type RecordName } from '@mtls-gateway/registry'
import pMap from 'p-map'
import type { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import type { RequestedAuth } from './target-auth-request.ts'

/** The records that a request has written, and what refers to them. */
export interface StoredAuths {
  /** In the order of the request. */
  readonly auths: readonly (AskedTargetAuth | null | undefined)[]
  readonly secretIds: readonly RecordId[]
}

/** As {@link StoredAuths}, before the records are written. */
export interface PreparedAuths extends StoredAuths {
  readonly secrets: ReadonlyMap<RecordId, string>
}

/** The limit per request: a long list must not fill the store's queue. */
const recordsAtOnce = 8

/** Secrets that targets want: each a record that is written before the account names it, and never read here. */
export class TargetSecrets {
  readonly #writer: AccountWriter
  readonly #macKeys: DeploymentMacKeys

  constructor(writer: AccountWriter, macKeys: DeploymentMacKeys) {
    this.#writer = writer
    this.#macKeys = macKeys
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async store(accountId: AccountId, requested: readonly (RequestedAuth | null | undefined)[]): Promise<StoredAuths> {
    const prepared = await this.prepare(accountId, requested)
    await this.write(accountId, prepared)
    return prepared
  }

  /**
   * What is asked for, with records for its secrets, which are not written yet. A MAC tells whether the same secret
   * comes again: nobody reads it for that, and whoever reads the account learns nothing of it.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  async prepare(
    accountId: AccountId,
    requested: readonly (RequestedAuth | null | undefined)[],
  ): Promise<PreparedAuths> {
    const secrets = new Map<RecordId, string>()
    const key = requested.some(hasSecret) ? (await this.#macKeys.newest()).key : undefined
    const keep = (secret: string | undefined): AskedSecret => {
      if (secret === undefined || key === undefined) return {}
      const secretId = newRecordId()
      secrets.set(secretId, secret)
      const mac = createHmac('sha256', key).update(`target-secret ${accountId} ${secret}`).digest('base64url')
      return { secretId, mac }
    }
    const auths = requested.map((auth): AskedTargetAuth | null | undefined => {
      if (!auth) return auth
      if (auth.type === 'oauth2') {
        const { secret, ...rest } = auth
        return { ...rest, ...keep(secret) }
      }
      return { type: 'headers', headers: auth.headers.map(({ name, secret }) => ({ name, ...keep(secret) })) }
    })
    return { auths, secretIds: [...secrets.keys()], secrets }
  }

  /** @throws CodedError `STORE_UNAVAILABLE` */
  async write(accountId: AccountId, { secrets }: Pick<PreparedAuths, 'secrets'>): Promise<void> {
    const put = ([id, secret]: [RecordId, string]) =>
      this.#writer.records.put('target-secrets', accountId, id, { secret })
    await pMap(secrets, put, { concurrency: recordsAtOnce })
  }

  /**
   * Call it after a change: what the account does not name is purged, and in a moment what was replaced: forwarders
   * whose copy of the account is older still call with it.
   */
  async settle(account: Account, written: readonly RecordId[], before: readonly Mapping[]): Promise<void> {
    const named = new Set(account.mappings.flatMap(({ targetAuth }) => targetSecretIds(targetAuth)))
    const wanting = new Set(account.mappings.flatMap(({ id, targetAuth }) => (targetAuth ? [id] : [])))
    const secretsOf = (mappings: readonly Mapping[]) =>
      mappings.flatMap(({ targetAuth }) => targetSecretIds(targetAuth))
    const unneeded = (ids: readonly RecordId[]) =>
      targetSecretRecords(
        account.accountId,
        ids.filter((id) => !named.has(id) && !isKeptForApproval(account, id)),
      )
    const removed = before.filter(({ id }) => !wanting.has(id))
    const { records } = this.#writer
    records.purgeReplaced(unneeded(secretsOf(before.filter(({ id }) => wanting.has(id)))))
    await records.purge(unneeded([...written, ...secretsOf(removed)]))
  }
}

function hasSecret(auth: RequestedAuth | null | undefined): boolean {
  if (!auth) return false
  return auth.type === 'oauth2' ? auth.secret !== undefined : auth.headers.some(({ secret }) => secret !== undefined)
}

export function targetSecretRecords(accountId: AccountId, ids: readonly RecordId[]): readonly RecordName[] {
  return ids.map((id) => ({ kind: 'target-secrets', accountId, id }))
}

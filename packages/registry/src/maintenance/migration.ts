import { isDeepStrictEqual } from 'node:util'
import { type Account, type AccountId, CodedError, isCodedError } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import {
  accountPath,
  appKeyMacsPath,
  isStoreError,
  recordKinds,
  recordPath,
  type SecretPath,
  type SecretStore,
  type SecretValue,
  type StoredSecret,
} from '@mtls-gateway/secret-store'
import { findChange } from '../audit-trail.ts'
import { readAccount } from '../format/account-codec.ts'
import { inParallel } from '../in-parallel.ts'
import { listAccounts, listRecords } from '../inventory.ts'
import { type MacKeyRecord, readMacKeys } from '../records/mac-keys.ts'
import { coded } from '../store-failure.ts'

interface MigrationOptions {
  readonly from: SecretStore
  readonly to: SecretStore
  readonly onProgress?: (progress: MigrationProgress) => void
}

interface MigrationProgress {
  readonly doneAccounts: number
  readonly accounts: number
  /** Looked at so far, accounts included. */
  readonly secrets: number
}

export interface MigrationReport {
  readonly accounts: Readonly<Record<Copied, number>>
  readonly records: Readonly<Record<Copied, number>>
  /** An account with a fault is not named in the target: its document was not copied. */
  readonly faults: readonly MigrationFault[]
  /** Accounts that changed in the source while they were copied: run it again. */
  readonly moved: readonly MovedAccount[]
}

interface MigrationFault {
  readonly path: SecretPath
  /** The rest of a sentence that begins with the path. */
  readonly problem: string
}

interface MovedAccount {
  readonly account: AccountId
  /** 0: it was not there yet. */
  readonly copiedRevision: number
  readonly revision: number
}

const recordsAtOnce = 8

/**
 * Copies every record and then the account that names it, so that a copy that was broken off names nothing that is not
 * there. Each secret is read back. May be repeated after any end: what is there and equal is left alone. Versions begin
 * at 1 in the target; the revision of an account, which counts, is part of the document.
 *
 * @throws CodedError `STORE_UNAVAILABLE` if one of the stores can't be reached, or refuses; with nothing written
 *   `CONFIGURATION_INVALID` if the target is another deployment's, `STORE_DAMAGED` or `STORE_NEWER` if the MAC keys of
 *   one of them can't be read
 */
export function migrate(options: MigrationOptions): Promise<MigrationReport> {
  return coded(new Migration(options).run())
}

class Migration {
  readonly #from: SecretStore
  readonly #to: SecretStore
  readonly #onProgress: (progress: MigrationProgress) => void
  readonly #slices = new TimeSlices()
  readonly #accounts = { copied: 0, present: 0 }
  readonly #records = { copied: 0, present: 0 }
  readonly #faults: MigrationFault[] = []
  readonly #revisions = new Map<AccountId, number>()
  #secrets = 0

  constructor({ from, to, onProgress = () => undefined }: MigrationOptions) {
    this.#from = from
    this.#to = to
    this.#onProgress = onProgress
  }

  async run(): Promise<MigrationReport> {
    await this.#copyMacKeys()
    const accounts = await this.#listAccounts()
    for (const [index, account] of accounts.entries()) {
      const report = (doneAccounts: number) =>
        this.#onProgress({ doneAccounts, accounts: accounts.length, secrets: this.#secrets })
      await this.#copyAll(account, () => report(index))
      report(index + 1)
    }
    const moved = await this.#findMoved()
    return { accounts: this.#accounts, records: this.#records, faults: this.#faults, moved }
  }

  /**
   * Before everything else, and nothing follows if it fails: without its MAC key in the target, no app key or
   * invitation of the source is accepted there. Two deployments have each made a first one, which both call number 1.
   */
  async #copyMacKeys(): Promise<void> {
    const [source, target] = [await readMacKeys(this.#from), await readMacKeys(this.#to)]
    const stored = await this.#from.get(appKeyMacsPath)
    if (stored === undefined) return
    this.#secrets++
    if (target.length > 0) {
      // One that an operator has added in the target stays: it makes the new app keys there.
      if (!source.every((key) => target.some((other) => isSameMacKey(key, other)))) throw otherDeployment()
      this.#records.present++
      return
    }
    try {
      this.#records[await this.#copy(appKeyMacsPath, stored.value)]++
    } catch (error) {
      if (!(error instanceof CopyFault)) throw error
      throw new CodedError('STORE_UNAVAILABLE', `No account was copied: ${appKeyMacsPath} ${error.message}`)
    }
  }

  #listAccounts(): Promise<readonly AccountId[]> {
    return listAccounts(this.#from, ['accounts', ...recordKinds])
  }

  /** The document is read before the records are listed: all that it names has been written by then. */
  async #copyAll(account: AccountId, report: () => void): Promise<void> {
    const faultsBefore = this.#faults.length
    const path = accountPath(account)
    await this.#tryCopy(path, async () => {
      const source = await this.#read(account)
      await this.#copyRecords(account, report)
      this.#secrets++
      if (source === undefined || this.#faults.length > faultsBefore) return
      this.#revisions.set(account, source.account.revision)
      const check = (there: SecretValue) => this.#refuseChanged(there, source.account)
      this.#accounts[await this.#copy(path, source.stored.value, check)]++
    })
  }

  async #copyRecords(account: AccountId, report: () => void): Promise<void> {
    for (const kind of recordKinds) {
      const ids = await listRecords(this.#from, kind, account)
      await inParallel(ids, recordsAtOnce, async (id) => {
        const path = recordPath(kind, account, id)
        await this.#tryCopy(path, async () => {
          const stored = await this.#from.get(path)
          // Never made, or purged since it was listed: nothing names it any more, or the account has moved.
          if (stored === undefined) return
          this.#records[await this.#copy(path, stored.value)]++
          this.#secrets++
        })
        report()
      })
    }
  }

  async #read(account: AccountId): Promise<{ stored: StoredSecret; account: Account } | undefined> {
    const stored = await this.#from.get(accountPath(account))
    return stored && { stored, ...(await readAccount(stored.value, account, this.#slices)) }
  }

  async #tryCopy(path: SecretPath, copy: () => Promise<void>): Promise<void> {
    try {
      await copy()
    } catch (error) {
      this.#faults.push({ path, problem: problemOf(error) })
    }
  }

  /**
   * Writes a value where nothing is, or over what `check` lets pass, and reads it back.
   * @throws CopyFault if something else is there; StoreError
   */
  async #copy(path: SecretPath, value: SecretValue, check = refuseDifferent): Promise<Copied> {
    const there = await this.#to.get(path)
    if (isDeepStrictEqual(there?.value, value)) return 'present'
    if (there !== undefined) await check(there.value)
    try {
      await this.#to.put(path, value, there?.version ?? 0)
    } catch (error) {
      if (!isStoreError(error, 'conflict')) throw error
      throw new CopyFault('was written in the target by somebody else at this moment. Let nobody else write there.')
    }
    const readBack = await this.#to.get(path)
    if (!isDeepStrictEqual(readBack?.value, value)) throw new CopyFault('is not in the target what was written there.')
    return 'copied'
  }

  /** Lets a copy pass that an earlier run made: its last change is one of the source's, and not the last of those. */
  async #refuseChanged(there: SecretValue, source: Account): Promise<void> {
    const { account: target } = await readAccount(there, source.accountId, this.#slices)
    const isEarlier = target.revision < source.revision
    const same = isEarlier ? await findChange(source, target.revision, this.#from) : undefined
    if (same !== undefined && same.changeId === target.changes.at(-1)?.changeId) return
    throw new CopyFault(
      'was changed in the target after it was copied. Keep the one that is right, and remove the other.',
    )
  }

  async #findMoved(): Promise<readonly MovedAccount[]> {
    const moved: MovedAccount[] = []
    const faulty = new Set(this.#faults.map(({ path }) => path.split('/')[1]))
    for (const account of await this.#listAccounts()) {
      if (faulty.has(account)) continue
      const copiedRevision = this.#revisions.get(account) ?? 0
      const revision = (await this.#read(account))?.account.revision ?? 0
      if (revision !== copiedRevision) moved.push({ account, copiedRevision, revision })
    }
    return moved
  }
}

function isSameMacKey(a: MacKeyRecord, b: MacKeyRecord): boolean {
  return a.number === b.number && Buffer.compare(a.key, b.key) === 0
}

function otherDeployment(): CodedError {
  return new CodedError(
    'CONFIGURATION_INVALID',
    'Nothing was copied: the target has made app keys or invitations of its own, and would refuse those of the source. ' +
      'Migrate to an empty store, such as another VAULT_MOUNT or DATA_DIR (docs/migration.md).',
  )
}

/** @throws the error if it is none of this secret alone */
function problemOf(error: unknown): string {
  if (error instanceof CopyFault) return error.message
  if (isCodedError(error) && error.code === 'STORE_NEWER')
    return 'was written by a later release: migrate with that one.'
  if (isStoreError(error, 'damaged')) return 'is damaged: restore it from a backup, or remove it.'
  if (isStoreError(error, 'deleted')) return 'is deleted, but can be restored: restore it, or remove it for good.'
  if (isStoreError(error, 'too-large')) return 'is larger than the target takes.'
  throw error
}

/** `present`: it was there already, and equal. */
type Copied = 'copied' | 'present'

/** A secret that could not be copied. Its sentence follows the path; it never holds a value. */
class CopyFault extends Error {
  override readonly name = 'CopyFault'
}

async function refuseDifferent(_there: SecretValue): Promise<void> {
  throw new CopyFault('differs in the target. Remove the one that is wrong.')
}

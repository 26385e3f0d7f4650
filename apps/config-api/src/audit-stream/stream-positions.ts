import { hash } from 'node:crypto'
import type { AccountId } from '@mtls-gateway/domain'
import { auditPositionsPath, type SecretStore } from '@mtls-gateway/secret-store'
import type { AuditReceiver } from './audit-receiver.ts'

/** More: less is written for one account that has moved. Fewer: less is written for many. */
const parts = 32

interface Part {
  /** For the compare-and-set. */
  readonly version: number
  /** The mark of the entry that was delivered last, by account. */
  readonly positions: ReadonlyMap<AccountId, string>
}

/** How far a receiver has got, in the store: as of the last reading. Methods reject like the store. */
export class StreamPositions {
  readonly #store: Pick<SecretStore, 'get' | 'put'>
  readonly #receiver: AuditReceiver['name']
  readonly #parts = new Map<number, Part>()

  constructor(store: Pick<SecretStore, 'get' | 'put'>, receiver: AuditReceiver['name']) {
    this.#store = store
    this.#receiver = receiver
  }

  /** Undefined: nothing was delivered, or it was not read. */
  get(accountId: AccountId): string | undefined {
    return this.#parts.get(partOf(accountId))?.positions.get(accountId)
  }

  get isRead(): boolean {
    return this.#parts.size === parts
  }

  async readAll(): Promise<void> {
    for (let part = 0; part < parts; part++) await this.#read(part)
  }

  /** Reads those of these accounts anew: another instance may have gone on. */
  async readOf(accounts: readonly AccountId[]): Promise<void> {
    for (const part of new Set(accounts.map(partOf))) await this.#read(part)
  }

  /**
   * Where another instance has written since they were read, nothing is kept. What was delivered is delivered again
   * then, which is better than to go on from where a restored store has never been.
   */
  async advance(moved: ReadonlyMap<AccountId, string>): Promise<void> {
    for (const [part, own] of Map.groupBy(moved, ([accountId]) => partOf(accountId))) {
      const { version = 0, positions = [] } = this.#parts.get(part) ?? {}
      const next = new Map([...positions, ...own])
      this.#parts.delete(part)
      const value = { positions: Object.fromEntries(next) }
      const written = await this.#store.put(auditPositionsPath(this.#receiver, part), value, version)
      this.#parts.set(part, { version: written, positions: next })
    }
  }

  /** The store was put back to an older copy. */
  forget(): void {
    this.#parts.clear()
  }

  async #read(part: number): Promise<void> {
    const stored = await this.#store.get(auditPositionsPath(this.#receiver, part))
    // Written by this class alone; a later format would have another path.
    const positions = (stored?.value.positions ?? {}) as Readonly<Record<AccountId, string>>
    // A Map: every object has something by the name `constructor`, which is one of an account, too.
    const byAccount = new Map(Object.entries(positions) as [AccountId, string][])
    this.#parts.set(part, { version: stored?.version ?? 0, positions: byAccount })
  }
}

function partOf(accountId: AccountId): number {
  return hash('sha256', accountId, 'buffer').readUInt16BE() % parts
}

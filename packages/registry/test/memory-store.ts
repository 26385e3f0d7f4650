import {
  type SecretFolder,
  type SecretPath,
  type SecretStore,
  type SecretValue,
  type StoredSecret,
  StoreError,
} from '@mtls-gateway/secret-store'

export type Operation = 'get' | 'exists' | 'writtenAt' | 'put' | 'list' | 'purge'
/** `answer-lost`: the operation is done, but its caller doesn't learn it. The others are refused before it is done. */
export type Fault =
  | 'answer-lost'
  | 'unavailable'
  | 'conflict'
  | 'refused'
  | 'not-writable'
  | 'forbidden'
  | 'damaged'
  | 'deleted'
  | 'too-large'
type Interceptor = (operation: Operation, path: string) => Fault | undefined | Promise<Fault | undefined>

/** A secret store in memory, whose every answer a test can spoil, hold back or lose. */
export class MemoryStore implements SecretStore {
  /** What writes count as written at, in milliseconds since 1970. */
  time = 0
  readonly calls: { readonly operation: Operation; readonly path: string }[] = []
  readonly #secrets = new Map<string, { json: string; version: number; writtenAt: number }>()
  readonly #faults: { operation: Operation; fault: Fault }[] = []
  #interceptor: Interceptor = () => undefined

  /** The next operations of this kind fail so, one after the other. */
  failNext(operation: Operation, ...faults: Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ operation, fault })))
  }

  /** Asked before each operation; a promise holds it back. */
  intercept(interceptor: Interceptor): void {
    this.#interceptor = interceptor
  }

  goDown(fault: Fault = 'unavailable'): void {
    this.intercept(() => fault)
  }

  comeBack(): void {
    this.intercept(() => undefined)
  }

  /** Holds back operations of a kind until `release`; `reached` resolves when one is held. */
  hold(operation: Operation): { reached: Promise<void>; release: (fault?: Fault) => void } {
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<Fault | undefined>()
    this.intercept((asked) => {
      if (asked !== operation) return undefined
      reached.resolve()
      return gate.promise
    })
    const release = (fault?: Fault) => {
      this.comeBack()
      gate.resolve(fault)
    }
    return { reached: reached.promise, release }
  }

  count(operation: Operation, path?: string): number {
    return this.calls.filter((call) => call.operation === operation && (path ?? call.path) === call.path).length
  }

  /** All that is stored, to put it back later. */
  backup(): () => void {
    const copy = new Map(this.#secrets)
    return () => {
      this.#secrets.clear()
      for (const [path, secret] of copy) this.#secrets.set(path, secret)
    }
  }

  async get(path: SecretPath): Promise<StoredSecret | undefined> {
    return this.#do('get', path, () => {
      const found = this.#secrets.get(path)
      return found && { value: JSON.parse(found.json), version: found.version }
    })
  }

  async exists(path: SecretPath): Promise<boolean> {
    return this.#do('exists', path, () => this.#secrets.has(path))
  }

  async writtenAt(path: SecretPath): Promise<number | undefined> {
    return this.#do('writtenAt', path, () => this.#secrets.get(path)?.writtenAt)
  }

  async put(path: SecretPath, value: SecretValue, expectedVersion: number): Promise<number> {
    return this.#do('put', path, () => {
      const version = this.#secrets.get(path)?.version ?? 0
      if (version !== expectedVersion) throw new StoreError('conflict', 'another version')
      this.#secrets.set(path, { json: JSON.stringify(value), version: version + 1, writtenAt: this.time })
      return version + 1
    })
  }

  async list(folder: SecretFolder): Promise<readonly string[]> {
    return this.#do('list', folder, () => {
      const below = [...this.#secrets.keys()].filter((path) => path.startsWith(folder))
      return [...new Set(below.map((path) => path.slice(folder.length).replace(/\/.*/, '/')))]
    })
  }

  async purge(path: SecretPath): Promise<void> {
    return this.#do('purge', path, () => void this.#secrets.delete(path))
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {}

  async #do<T>(operation: Operation, path: string, work: () => T): Promise<T> {
    this.calls.push({ operation, path })
    const index = this.#faults.findIndex((planned) => planned.operation === operation)
    const planned = index === -1 ? undefined : this.#faults.splice(index, 1)[0]?.fault
    const fault = planned ?? (await this.#interceptor(operation, path))
    if (fault !== undefined && fault !== 'answer-lost') throw new StoreError(fault, 'injected')
    const result = work()
    if (fault === 'answer-lost') throw new StoreError('unavailable', 'injected')
    return result
  }
}

import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { accountPath, kindFolder, recordPath, type SecretStore } from '../../src/index.ts'

export const account = parseAccountId('acme')
export const document = accountPath(account)
export const key = recordPath('keys', account, parseRecordId('k1'))

/** One call of each method of the port. */
export const reads: Readonly<Record<string, (store: SecretStore) => Promise<unknown>>> = {
  get: (store) => store.get(document),
  exists: (store) => store.exists(document),
  writtenAt: (store) => store.writtenAt(document),
  list: (store) => store.list(kindFolder('accounts')),
}
export const calls: typeof reads = {
  ...reads,
  put: (store) => store.put(document, { text: 'x' }, 0),
  purge: (store) => store.purge(key),
}

export interface Outcome {
  /** The reason of a StoreError, or what came instead of one. */
  readonly outcome: unknown
  readonly ms: number
}

/** Calls every method at once, and tells what became of each and after how long. */
export async function callAll(store: SecretStore, called = calls): Promise<Readonly<Record<string, Outcome>>> {
  const entries = await Promise.all(
    Object.entries(called).map(async ([name, call]) => {
      const started = performance.now()
      const outcome = await call(store).catch((error: { reason?: unknown }) => error.reason ?? error)
      return [name, { outcome, ms: performance.now() - started }] as const
    }),
  )
  return Object.fromEntries(entries)
}

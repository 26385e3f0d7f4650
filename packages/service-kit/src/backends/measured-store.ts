import { isCodedError } from '@mtls-gateway/domain'
import { isStoreError, type SecretStore } from '@mtls-gateway/secret-store'
import type { Registry } from 'prom-client'
import { shortBuckets } from '../metrics/buckets.ts'
import { readCounter } from '../metrics/read-counter.ts'
import { SlotHistogram, type Slots } from '../metrics/slot-histogram.ts'

type Operation = 'get' | 'exists' | 'put' | 'written_at' | 'list' | 'purge' | 'check'

/** A store that tells how long it takes and how it fails; never for which path. */
export class MeasuredStore implements SecretStore {
  readonly #store: SecretStore
  readonly #times: Readonly<Record<Operation, Slots<'operation'>>>
  readonly #errors = new Map<string, { readonly labels: { operation: string; reason: string }; requests: number }>()

  constructor(store: SecretStore, registry: Registry) {
    this.#store = store
    const times = new SlotHistogram({
      name: 'store_request_duration_seconds',
      help: 'How long the store took, with retries',
      labelNames: ['operation'],
      buckets: shortBuckets,
      registry,
    })
    this.#times = {
      get: times.series({ operation: 'get' }),
      exists: times.series({ operation: 'exists' }),
      put: times.series({ operation: 'put' }),
      written_at: times.series({ operation: 'written_at' }),
      list: times.series({ operation: 'list' }),
      purge: times.series({ operation: 'purge' }),
      check: times.series({ operation: 'check' }),
    }
    readCounter({
      name: 'store_errors_total',
      help: 'Requests to the store that failed',
      labelNames: ['operation', 'reason'],
      registry,
      read: () => [...this.#errors.values()].map(({ labels, requests }) => [labels, requests] as const),
    })
  }

  get: SecretStore['get'] = (path) => this.#timed('get', () => this.#store.get(path))
  exists: SecretStore['exists'] = (path) => this.#timed('exists', () => this.#store.exists(path))
  put: SecretStore['put'] = (...written) => this.#timed('put', () => this.#store.put(...written))
  writtenAt: SecretStore['writtenAt'] = (path) => this.#timed('written_at', () => this.#store.writtenAt(path))
  list: SecretStore['list'] = (folder) => this.#timed('list', () => this.#store.list(folder))
  purge: SecretStore['purge'] = (path) => this.#timed('purge', () => this.#store.purge(path))
  check: SecretStore['check'] = () => this.#timed('check', () => this.#store.check())
  close: SecretStore['close'] = () => this.#store.close()

  async #timed<Result>(operation: Operation, request: () => Promise<Result>): Promise<Result> {
    const since = performance.now()
    try {
      return await request()
    } catch (error) {
      this.#countError(operation, reasonOf(error))
      throw error
    } finally {
      this.#times[operation].observe((performance.now() - since) / 1_000)
    }
  }

  #countError(operation: Operation, reason: string): void {
    const key = `${operation} ${reason}`
    const errors = this.#errors.get(key) ?? { labels: { operation, reason }, requests: 0 }
    errors.requests += 1
    this.#errors.set(key, errors)
  }
}

function reasonOf(error: unknown): string {
  if (isStoreError(error)) return error.reason
  return isCodedError(error) && error.code === 'STORE_NEWER' ? 'newer' : 'other'
}

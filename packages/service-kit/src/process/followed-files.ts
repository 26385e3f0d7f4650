import { type StatsListener, unwatchFile, watchFile } from 'node:fs'
import type { Gauge } from 'prom-client'
import type { Log } from '../logging/log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

/** How a service follows its files. */
export interface FileWatch {
  readonly log: Log
  readonly metrics: ServiceMetrics
  /**
   * How often they are checked, in milliseconds, and how long a change may take: a file may be half written, and
   * several do not change at the same moment. 1,000 unless given.
   */
  readonly pollMs?: number | undefined
}

interface FollowedFilesOptions extends Omit<FileWatch, 'metrics'> {
  /** Those that there are. */
  readonly files: readonly (string | undefined)[]
  /** `tls` logs `tls-reloaded` and `tls-reload-failed`. */
  readonly name: string
  /** 1 while the files cannot be used, else 0. */
  readonly failed: Gauge
  /**
   * Takes what the files say now into use, or throws and changes nothing.
   * @returns what the log says of it; undefined if it is in use already
   */
  readonly read: () => object | undefined
}

/** Files that are read again when they change. What cannot be used does not replace what is in use. */
export class FollowedFiles {
  readonly #options: FollowedFilesOptions
  readonly #files: readonly string[]
  readonly #pollMs: number
  #pending: NodeJS.Timeout | undefined
  #fault: string | undefined

  /** Begins right after its owner has read them for the first time, so that it misses no change. */
  constructor(options: FollowedFilesOptions) {
    this.#options = options
    this.#files = options.files.filter((file) => file !== undefined)
    this.#pollMs = options.pollMs ?? 1_000
    // Polled, because events don't cross bind mounts, and miss the symlinks by which Kubernetes replaces files.
    for (const file of this.#files) watchFile(file, { interval: this.#pollMs, persistent: false }, this.#changed)
  }

  /** Why the files cannot be used as they are now. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** At once, for whoever has just replaced them. */
  reload(): void {
    const { name, failed, log, read } = this.#options
    try {
      const facts = read()
      if (facts !== undefined || this.#fault !== undefined) log.info({ event: `${name}-reloaded`, ...facts })
      this.#fault = undefined
    } catch (err) {
      this.#fault = err instanceof Error ? err.message : String(err)
      log.error({ event: `${name}-reload-failed`, err }, 'what is in use stays')
    }
    failed.set(this.#fault === undefined ? 0 : 1)
  }

  close(): void {
    clearTimeout(this.#pending)
    for (const file of this.#files) unwatchFile(file, this.#changed)
  }

  readonly #changed: StatsListener = () => {
    clearTimeout(this.#pending)
    this.#pending = setTimeout(() => this.reload(), this.#pollMs)
  }
}

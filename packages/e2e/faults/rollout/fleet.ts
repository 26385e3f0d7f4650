import { setTimeout } from 'node:timers/promises'
import { freePort, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import type { Env, ServiceName } from '../../test/support/backends.ts'
import { eventually } from '../../test/support/eventually.ts'
import { type Release, today } from './release.ts'

/** How often an orchestrator looks at an instance's readiness. */
const lookMs = 1_000
const firstHost = 10
/** The `preStop` hook of releases without a pause. */
const hookMs = 5_000
const readyTimeoutMs = 180_000

export interface FleetOptions {
  readonly service: ServiceName
  /** All settings but the address. */
  readonly env: Env
  readonly instances: number
  readonly release?: Release
}

interface Instance {
  readonly process: ServiceProcess
  readonly release: Release
}

/**
 * Instances of a service, each on a loopback address of its own and all on one port, as in a cluster. Those that say
 * that they are ready are in rotation; it is looked at once a second.
 */
export class Fleet implements AsyncDisposable {
  readonly port: number
  readonly #options: FleetOptions
  readonly #looking = new AbortController()
  #running: readonly Instance[] = []
  #ready: readonly Instance[] = []
  /** Taken out of rotation whatever they say. */
  readonly #leaving = new Set<Instance>()
  readonly #outputs: string[] = []
  #hosts = firstHost
  #turn = 0

  private constructor(options: FleetOptions, port: number) {
    this.#options = options
    this.port = port
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const { instances, release = today } = options
    const fleet = new Fleet(options, await freePort())
    try {
      await Promise.all(Array.from({ length: instances }, () => fleet.#add(release)))
      void fleet.#look()
      await eventually(
        async () => fleet.#ready.length,
        (ready) => ready === instances,
        readyTimeoutMs,
      )
    } catch (error) {
      await fleet[Symbol.asyncDispose]()
      throw error
    }
    return fleet
  }

  /** The instances in rotation. */
  get ready(): readonly ServiceProcess[] {
    return this.#ready.map(({ process }) => process)
  }

  /** Where they listen. */
  get addresses(): readonly string[] {
    return this.ready.map(({ url }) => new URL(url).hostname)
  }

  /** Everything that its instances have written. */
  get output(): string {
    return [...this.#outputs, ...this.#running.map(({ process }) => process.output)].join('\n')
  }

  /** The base url of the next instance in rotation. */
  next(): string {
    const instance = this.#ready[this.#turn++ % this.#ready.length]
    if (instance === undefined) throw new Error(`no ${this.#options.service} is ready`)
    return instance.process.url
  }

  /** One after the other: a new instance, and once it is in rotation, SIGTERM for an old one. */
  async replaceAll(release = today): Promise<void> {
    for (const old of this.#running) {
      const fresh = await this.#add(release)
      await eventually(
        async () => this.#ready.includes(fresh),
        (isReady) => isReady,
        readyTimeoutMs,
      )
      await this.#retire(old)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#looking.abort()
    await Promise.all(this.#running.map(({ process }) => process.kill()))
  }

  async #add(release: Release): Promise<Instance> {
    const { service, env } = this.#options
    const prefix = service === 'config-api' ? 'CONFIG_API' : 'FORWARDER_API'
    const address = { [`${prefix}_HOST`]: `127.0.0.${this.#hosts++}`, [`${prefix}_PORT`]: String(this.port) }
    const process = await startService({
      entry: release.entries[service],
      env: { ...env, ...address },
      readyTimeoutMs,
    })
    const instance = { process, release }
    this.#running = [...this.#running, instance]
    return instance
  }

  async #retire(old: Instance): Promise<void> {
    if (!old.release.hasPause) {
      this.#leaving.add(old)
      this.#ready = this.#ready.filter((instance) => instance !== old)
      await setTimeout(hookMs)
    }
    const code = await old.process.stop()
    const { output } = old.process
    this.#outputs.push(output)
    this.#running = this.#running.filter((instance) => instance !== old)
    if (code !== 0) throw new Error(`${this.#options.service} ended with ${code}: ${output.slice(-2_000)}`)
  }

  async #look(): Promise<void> {
    const { signal } = this.#looking
    while (!signal.aborted) {
      const looks = await Promise.all(
        this.#running.map(async (instance) => ((await isReady(instance.process)) ? [instance] : [])),
      )
      this.#ready = looks.flat().filter((instance) => !this.#leaving.has(instance))
      await setTimeout(lookMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}

/** Over a connection of its own, as a probe does. */
async function isReady({ url }: ServiceProcess): Promise<boolean> {
  try {
    const { status } = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } })
    return status === 200
  } catch {
    return false
  }
}

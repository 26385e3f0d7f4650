import { join } from 'node:path'
import type { Entries } from './repository.ts'
import { type ServiceName, ServiceProcess } from './service-process.ts'

/** The services of a demo, from their start to their end. */
export class Services {
  readonly #entries: Readonly<Record<ServiceName, string>>
  readonly #dataDir: string
  readonly #all: ServiceProcess[] = []
  #isStopping = false

  constructor({ configApi, forwarderApi, console }: Entries, dataDir: string) {
    this.#entries = { 'config-api': configApi, 'forwarder-api': forwarderApi, console }
    this.#dataDir = dataDir
  }

  /** Those that were started. */
  get all(): readonly ServiceProcess[] {
    return this.#all
  }

  /** @throws Error once the demo is being stopped: nobody would end it */
  start(name: ServiceName, env: NodeJS.ProcessEnv): ServiceProcess {
    if (this.#isStopping) throw new Error(`${name} is not started: the demo is being stopped`)
    const service = new ServiceProcess({
      name,
      entry: this.#entries[name],
      env,
      logFile: join(this.#dataDir, `${name}.log`),
    })
    this.#all.push(service)
    return service
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#all.map((service) => service.stop()))
  }
}

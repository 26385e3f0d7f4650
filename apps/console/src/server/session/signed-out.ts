import type { Leases } from '@mtls-gateway/coordination'
import type { Log } from '@mtls-gateway/service-kit'
import type { Session } from './session.ts'

/** A request that began before may be answered this much later, with an upload or a slow target. */
const rememberedMs = 600_000

/**
 * Sessions that people have just ended, so that an answer which was on its way does not bring one back: it may carry
 * the cookie of the session as it was renewed. Instances tell each other.
 */
export class SignedOut {
  readonly #leases: Leases
  readonly #log: Pick<Log, 'warn'>

  constructor(leases: Leases, log: Pick<Log, 'warn'>) {
    this.#leases = leases
    this.#log = log
  }

  /** Never fails: the cookie is removed in any case. */
  async add({ id }: Session): Promise<void> {
    await this.#take(id, rememberedMs)
  }

  async has({ id }: Session): Promise<boolean> {
    const lease = await this.#take(id, 1_000)
    await lease?.release().catch(() => undefined)
    return lease === undefined
  }

  async #take(id: string, ms: number) {
    try {
      return await this.#leases.acquire(`console-signed-out:${id}`, ms)
    } catch (err) {
      // Nobody is signed out because of an outage.
      this.#log.warn({ event: 'sign-outs-unknown', err })
      return null
    }
  }
}

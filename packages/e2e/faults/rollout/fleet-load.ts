import type { TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../../test/support/eventually.ts'
import { lp, type Tenant } from '../../test/support/tenant.ts'
import { type CallEnd, failedOf, PacedCalls } from './paced-calls.ts'
import type { RolledSystem } from './rolled-system.ts'
import { SignedCaller } from './signed-caller.ts'

export interface FleetLoadOptions {
  readonly forwardsPerSecond: number
  /** Calls of config-api, beside those; one in ten is a change. */
  readonly callsPerSecond: number
}

/** How calls reach the services. */
export interface Way {
  /** PEM of the issuer of the services' certificates, over https. */
  readonly ca?: string
  /** The base url for the next call. */
  configApi(): string
  forwarderApi(): string
  /** What is in between has written. */
  log?(): string
}

type Ends = Readonly<Record<CallEnd, number>>

/** Signed calls of an account of its own to both services, from when it is started until it is stopped. */
export class FleetLoad {
  readonly #forwards: PacedCalls
  readonly #calls: PacedCalls

  private constructor(forwards: PacedCalls, calls: PacedCalls) {
    this.#forwards = forwards
    this.#calls = calls
  }

  static async start(
    opened: AsyncDisposableStack,
    system: RolledSystem,
    target: TestTarget,
    way: Way,
    { forwardsPerSecond, callsPerSecond }: FleetLoadOptions,
  ): Promise<FleetLoad> {
    const tenant = await system.newTenant()
    const url = `${target.url}/`
    const { mapping } = await tenant.onboard(await target.clientCa.issue({ commonName: 'load' }), url)
    const { ca } = way
    const caller = opened.use(new SignedCaller({ appKey: await tenant.newAppKey(), ...(ca !== undefined && { ca }) }))
    const forward = () => {
      const request = { method: 'POST', path: tenant.forwardPath, headers: lp(url), body: { amount: 1 } }
      return caller.call({ ...request, base: way.forwarderApi() })
    }
    const configure = callsOfConfigApi(caller, tenant, mapping.id, way)
    await eventually(forward, (end) => end === '200')
    await eventually(configure, (end) => end === '200')
    const paced = (perSecond: number, call: () => Promise<CallEnd>) => opened.use(new PacedCalls(perSecond, call))
    return new FleetLoad(paced(forwardsPerSecond, forward), paced(callsPerSecond, configure))
  }

  async stop(): Promise<{ readonly forwards: Ends; readonly calls: Ends }> {
    const [forwards, calls] = await Promise.all([this.#forwards.stop(), this.#calls.stop()])
    return { forwards, calls }
  }
}

/** Reads, and changes one after the other: two at once may be in each other's way, which is not what is looked at. */
function callsOfConfigApi(caller: SignedCaller, tenant: Tenant, mappingId: number, way: Way): () => Promise<CallEnd> {
  let [number, isChanging] = [0, false]
  return async () => {
    const base = way.configApi()
    number += 1
    if (isChanging || number % 10 > 0) return caller.call({ method: 'GET', base, path: tenant.path('mappings') })
    isChanging = true
    try {
      // With another name each time, or it would be no change.
      const body = { name: `m${number}` }
      return await caller.call({ method: 'PUT', base, path: tenant.path(`mappings/${mappingId}`), body })
    } finally {
      isChanging = false
    }
  }
}

/** The calls of both services together. */
export function sumOf(...all: readonly Ends[]): { readonly made: number; readonly failed: number } {
  const sum = (count: (ends: Ends) => number) => all.reduce((total, ends) => total + count(ends), 0)
  return { made: sum(countOf), failed: sum(failedOf) }
}

export function countOf(ends: Ends): number {
  return Object.values(ends).reduce((sum, count) => sum + count, 0)
}

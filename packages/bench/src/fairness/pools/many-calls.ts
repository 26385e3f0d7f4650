import { setTimeout } from 'node:timers/promises'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { mapAll, newTenant, type Tenant } from '../tenants.ts'

/** Some 10,000 calls. */
const warmUpMs = 6_000

interface Flood {
  readonly attack: string
  readonly addresses: number
  /** Onboards the other tenant. @returns who calls what */
  prepare(stage: Stage): Promise<{ readonly tenant: Tenant; readonly urls: readonly string[] }>
}

/**
 * Calls of one tenant from many addresses, each of which stays below the throttle, through the edge: nobody knows an
 * account before a request has been read and its signature checked, so what bounds many requests stands in front.
 */
const flood = ({ attack, addresses, prepare }: Flood): PoolMeasurement => ({
  operation: `${smallForward}, through the edge`,
  attack: `${attack}, from ${addresses} addresses`,
  isThroughEdge: true,
  stateOf: 'forward-calls',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    await warmUp(stage, quiet)
    const { tenant, urls } = await prepare(stage)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, tenant, urls, 16 * addresses, addresses),
      isAtWorst: () => true,
    }
  },
})

/** Calls as they are measured, until V8 has compiled what they need: what it takes meanwhile is no attacker's. */
async function warmUp(stage: Stage, tenant: Tenant): Promise<void> {
  const calls = floodOfForwards(stage, tenant, [`${stage.target.url}/small`], 64, 16)
  await setTimeout(warmUpMs)
  await calls.stop()
}

/** To a target that answers at once. */
const ordinary = (addresses: number) =>
  flood({
    attack: 'makes ordinary calls',
    addresses,
    prepare: async (stage) => ({
      tenant: await newTenant(stage, 'hostile', ['small'], stage.hostileTarget),
      urls: [`${stage.hostileTarget.url}/small`],
    }),
  })

export const callsFrom16Addresses = ordinary(16)
export const callsFrom64Addresses = ordinary(64)

const brokenAddresses = Array.from({ length: 2_000 }, (_, n) => `127.1.${n >> 8}.${n & 255}`)

/** Each target fails at once. There are many of them, as a circuit opens for a single one. */
const broken = (how: string, portOf: (stage: Stage) => number) =>
  flood({
    attack: `calls ${brokenAddresses.length} targets in turn ${how}`,
    addresses: 16,
    prepare: async (stage) => {
      const tenant = await newTenant(stage, 'hostile', [])
      const urls = brokenAddresses.map((address) => `https://${address}:${portOf(stage)}/`)
      await mapAll(tenant, urls)
      return { tenant, urls }
    },
  })

export const deadTargets = broken('at which nothing listens', ({ hostileTarget }) => hostileTarget.port)
export const closingTargets = broken('that close each connection before TLS', ({ closing }) => closing.port)

export const earlyHints = flood({
  attack: 'calls a target that sends 20 early hints before each answer',
  addresses: 16,
  prepare: async (stage) => ({
    tenant: await newTenant(stage, 'hostile', ['hints'], { ...stage.hostileTarget, url: stage.earlyHints.url }),
    urls: [`${stage.earlyHints.url}/hints`],
  }),
})

/** A body of 32 KiB, each byte of which is a chunk. */
export const crumbs: PoolMeasurement = {
  operation: `${smallForward}, through the edge`,
  attack: 'sends bodies of 32 KiB in chunks of a byte, 64 at a time',
  isThroughEdge: true,
  stateOf: 'forward-calls',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const { account, certificateId, path, appKey } = await newTenant(stage, 'hostile', [], stage.hostileTarget)
    const sink = `${stage.hostileTarget.url}/0/sink`
    await account.addMappings([{ name: 'sink', url: sink, certificationId: certificateId }])
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: stage.services.forwarder.url,
          method: 'POST',
          path,
          headers: { 'content-type': 'application/octet-stream' },
          targetUrls: [sink],
          appKey,
          body: Buffer.alloc(32_768),
          isCrumbled: true,
          atOnce: 64,
          perSecond: throttledPerSecond,
        }),
      isAtWorst: () => true,
    }
  },
}

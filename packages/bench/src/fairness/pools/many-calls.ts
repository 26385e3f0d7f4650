import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

interface Flood {
  readonly attack: string
  readonly addresses: number
  /** Onboards the other tenant. @returns who calls what */
  prepare(stage: Stage): Promise<{ readonly tenant: Tenant; readonly urls: readonly string[] }>
}

/** Calls of one tenant from many addresses: each of them stays below the throttle. */
const flood = ({ attack, addresses, prepare }: Flood): PoolMeasurement => ({
  operation: smallForward,
  attack: `${attack}, from ${addresses} addresses`,
  stateOf: 'forward-calls',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const { tenant, urls } = await prepare(stage)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, tenant, urls, 16 * addresses, addresses),
      isAtWorst: () => true,
    }
  },
})

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

const deadAddresses = Array.from({ length: 2_000 }, (_, n) => `127.1.${n >> 8}.${n & 255}`)

export const deadTargets = flood({
  attack: `calls ${deadAddresses.length} targets in turn at which nothing listens`,
  addresses: 16,
  prepare: async (stage) => {
    const tenant = await newTenant(stage, 'hostile', [])
    const urls = deadAddresses.map((address) => `https://${address}:${stage.hostileTarget.port}/`)
    await tenant.account.addMappings(
      urls.map((url, n) => ({ name: `dead-${n}`, url, certificationId: tenant.certificateId })),
    )
    return { tenant, urls }
  },
})

export const earlyHints = flood({
  attack: 'calls a target that sends 20 early hints before each answer',
  addresses: 16,
  prepare: async (stage) => ({
    tenant: await newTenant(stage, 'hostile', ['hints'], { ...stage.hostileTarget, url: stage.earlyHints.url }),
    urls: [`${stage.earlyHints.url}/hints`],
  }),
})

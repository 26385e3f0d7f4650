import { createCa } from '@mtls-gateway/test-kit'
import { targetAddresses } from '../../target/bench-target.ts'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { mapAll, newTenant } from '../tenants.ts'

export const targetConnectionPlaces: PoolMeasurement = {
  operation: smallForward,
  attack: `calls ${targetAddresses.length} targets at a time, which all keep their connections open`,
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', [], stage.hostileTarget)
    const urls = targetAddresses.map((address) => `https://${address}:${stage.hostileTarget.port}/small`)
    await mapAll(hostile, urls)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, urls, 64),
      isAtWorst: (state) => state.inUse > targetAddresses.length,
      // What calls leave behind is kept for the next ones.
      isOver: () => true,
    }
  },
}

/** Each is a target of its own, whose connection is kept: one identity keeps those of 64. */
const targetsOfIdentity = 60
const longAddresses = Array.from({ length: 600 }, (_, n) => `127.2.${n >> 8}.${n & 255}`)

export const connectionMemory: PoolMeasurement = {
  operation: smallForward,
  attack: `calls ${longAddresses.length} targets in turn, whose certificates are as long as they may be`,
  env: { MEMORY_LIMIT_MIB: '384' },
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', [], stage.hostileTarget)
    const urls = longAddresses.map((address) => `https://${address}:${stage.longHandshakes.port}/`)
    const others = await Promise.all(
      Array.from({ length: urls.length / targetsOfIdentity }, (_, n) => createCa({ name: `CA ${n}` })),
    )
    await hostile.account.addMappings(
      urls.map((url, n) => ({
        name: `long-${n}`,
        url,
        certificationId: hostile.certificateId,
        targetTrust: {
          serverName: 'localhost',
          caCertificates: stage.longHandshakes.ca + others[Math.floor(n / targetsOfIdentity)]?.certificate,
        },
      })),
    )
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, urls, 64),
      isAtWorst: (state, before) => state.refused > before.refused,
      isOver: () => true,
    }
  },
}

import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/** More than are kept of an account, so that each call asks for a name again; RFC 2606 has nobody own them. */
const names = Array.from({ length: 2_000 }, (_, n) => `https://h${n}.look-ups.invalid/`)

/** How long a look-up takes is up to the machine's name servers: without any, it has failed in the next moment. */
const isAtWorst = () => true

export const forwarderLookUps: PoolMeasurement = {
  operation: smallForward,
  attack: `calls to ${names.length} names in turn, each of which has to be looked up`,
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', [], stage.hostileTarget)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, names, 64),
      isAtWorst,
    }
  },
}

export const configApiLookUps: PoolMeasurement = {
  operation: 'an explanation of a mapping',
  attack: 'asks for explanations of calls to ever new names, each of which has to be looked up',
  async prepare(stage) {
    const { services, target } = stage
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const hostile = await newTenant(stage, 'hostile', [])
    await hostile.account.addMappings([
      { name: 'any name', url: 'https://*.look-ups.invalid/', certificationId: hostile.certificateId },
    ])
    const call = { serviceName: 'IDP', url: `${target.url}/small` }
    return {
      perSecond: 75,
      operate: async () => {
        bodyOf(await services.api.json('POST', `${quiet.path}/mappings/explain`, call), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          method: 'POST',
          url: services.configApi.url,
          path: `${hostile.path}/mappings/explain`,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${services.token}` },
          numberedBody: JSON.stringify({ serviceName: 'IDP', url: 'https://h{n}.look-ups.invalid/' }),
          atOnce: 64,
          perSecond: throttledPerSecond,
        }),
      isAtWorst,
    }
  },
}

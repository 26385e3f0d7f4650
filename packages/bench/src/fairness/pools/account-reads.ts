import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/** The most that an account may have. */
const mappings = 10_000

export const accountReads: PoolMeasurement = {
  operation: 'a list of one mapping',
  attack: `asks for a list of ${mappings} mappings, 50 times at once`,
  prepare: async (stage) => {
    const { services } = stage
    const paths = Array.from({ length: mappings }, (_, n) => `a/longer/path/${n}`)
    const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', paths)]
    return {
      perSecond: 50,
      operate: async () => {
        bodyOf(await services.api.json('GET', `${quiet.path}/mappings`), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          method: 'GET',
          url: services.configApi.url,
          path: `${hostile.path}/mappings`,
          headers: { authorization: `Bearer ${services.token}` },
          atOnce: 50,
          perSecond: throttledPerSecond,
        }),
    }
  },
}

import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

const waiting = 8

export const keyGeneration: PoolMeasurement = {
  operation: 'a signing request with a key of RSA-2048, as is the default',
  attack: `has ${waiting} keys of RSA-4096 made at once`,
  prepare: async (stage) => {
    const { services } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', []), await newTenant(stage, 'hostile', [])]
    const request = (name: string, keyType: string) => ({ name, keyType, subject: { commonName: 'made' } })
    let [made, begun] = [0, 0]
    return {
      perSecond: undefined,
      operate: async () => {
        bodyOf(
          await services.api.json('POST', `${quiet.path}/certificates/csr`, request(`made-${made++}`, 'RSA-2048')),
          201,
        )
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: services.configApi.url,
          method: 'POST',
          path: `${hostile.path}/certificates/csr`,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${services.token}` },
          numberedBody: JSON.stringify(request(`made-${begun++}-{n}`, 'RSA-4096')),
          atOnce: waiting,
          perSecond: throttledPerSecond,
        }),
    }
  },
}

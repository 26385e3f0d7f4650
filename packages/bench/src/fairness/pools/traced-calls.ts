import { makePkcs12 } from '@mtls-gateway/test-kit'
import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import { formOf } from '../form-request.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

export const tracedCalls: PoolMeasurement = {
  operation: 'a test of a file with a call',
  attack: 'has twelve such tests made at once, again and again',
  prepare: async (stage) => {
    const { services, target } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', []), await newTenant(stage, 'hostile', [])]
    const identity = await target.clientCa.issue({ commonName: 'tested' })
    const form = await formOf({ password: 'secret' }, Buffer.from(makePkcs12({ identity, password: 'secret' })))
    const headers = { ...form.headers, 'LP-forward-url': `${target.url}/small` }
    const pathOf = ({ path }: { readonly path: string }) => `${path}/p12-test/multipart`
    return {
      perSecond: undefined,
      operate: async () => {
        bodyOf(await services.api.raw({ method: 'POST', path: pathOf(quiet), headers, body: form.body }), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: services.configApi.url,
          method: 'POST',
          path: pathOf(hostile),
          headers: { ...headers, authorization: `Bearer ${services.token}` },
          body: form.body,
          atOnce: 12,
          perSecond: throttledPerSecond,
        }),
    }
  },
}

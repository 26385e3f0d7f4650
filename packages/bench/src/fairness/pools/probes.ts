import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

export const probes: PoolMeasurement = {
  operation: 'a probe of a staged version',
  attack: 'has twelve such probes made at once, again and again',
  prepare: async (stage) => {
    const { services } = stage
    const [quiet, hostile] = [await stagedProbe(stage, 'quiet'), await stagedProbe(stage, 'hostile')]
    return {
      perSecond: undefined,
      operate: async () => {
        bodyOf(await services.api.json('POST', quiet, {}), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: services.configApi.url,
          method: 'POST',
          path: hostile,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${services.token}` },
          body: Buffer.from('{}'),
          atOnce: 12,
          perSecond: throttledPerSecond,
        }),
    }
  },
}

/** The probe path of a certificate whose next version is staged. */
async function stagedProbe(stage: Stage, id: string): Promise<string> {
  const { services, target } = stage
  const { path, certificateId } = await newTenant(stage, id, ['small'])
  const { certificate, privateKey } = await target.clientCa.issue({ commonName: `${id}, next` })
  const staged = `${path}/certificates/${certificateId}/staged`
  bodyOf(await services.api.json('POST', staged, { certificate, privateKey }), 201)
  return `${staged}/probe`
}

import { floodOfForwards, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/** What the throttle lets through of one is less than the pool signs. */
const addresses = 4

export const requestSignatures: PoolMeasurement = {
  operation: 'a small forward that is signed with an EC key',
  attack: 'has its calls signed with an RSA key of 4,096 bits',
  async prepare(stage) {
    const quiet = await signedTenant(stage, 'quiet', 'EC-P256')
    const hostile = await signedTenant(stage, 'hostile', 'RSA-4096')
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, [`${stage.target.url}/small`], 64, addresses),
    }
  },
}

async function signedTenant(stage: Stage, id: string, keyType: 'EC-P256' | 'RSA-4096') {
  const tenant = await newTenant(stage, id, [], stage.target, keyType)
  const mapping = { name: 'signed', url: `${stage.target.url}/small`, certificationId: tenant.certificateId }
  await tenant.account.addMappings([{ ...mapping, messageSignature: { scheme: 'rfc9421' } }])
  return tenant
}

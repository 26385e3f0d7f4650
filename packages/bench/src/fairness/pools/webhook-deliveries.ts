import { setTimeout } from 'node:timers/promises'
import { bodyOf } from '../../gateway/bench-account.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

const dayMs = 86_400_000
/** The hostile tenant's. */
const dueAtOnce = 100
const longestMs = 30_000

export const webhookDeliveries: PoolMeasurement = {
  operation: 'from the upload of a certificate that expires soon to its notice',
  attack: `has ${dueAtOnce} notices due, and a webhook that never answers`,
  env: { EXPIRY_CHECK_INTERVAL: '200ms' },
  prepare: async (stage) => {
    const { webhook } = stage
    const [quiet, hostile] = [await withWebhook(stage, 'quiet', '/'), await withWebhook(stage, 'hostile', '/silent')]
    let uploaded = 0
    const upload = async ({ account }: Tenant, count: number): Promise<readonly string[]> => {
      const names = Array.from({ length: count }, () => `expiring-${uploaded++}`)
      await account.addCertificates(await Promise.all(names.map((name) => expiring(stage, name))))
      return names
    }
    return {
      perSecond: undefined,
      operate: async () => {
        const [name = ''] = await upload(quiet, 1)
        const late = setTimeout(longestMs, 'late', { ref: false })
        if ((await Promise.race([webhook.toldOf(name), late])) === 'late') throw new Error(`no notice of ${name}`)
      },
      begin: async () => {
        webhook.holdSilent()
        await upload(hostile, dueAtOnce)
        return { stop: async () => webhook.releaseSilent() }
      },
      isAtWorst: ({ inUse }) => inUse > 0,
    }
  },
}

async function withWebhook(stage: Stage, id: string, path: string): Promise<Tenant> {
  const { services, webhook } = stage
  const tenant = await newTenant(stage, id, [])
  const settings = { webhook: { url: webhook.url + path } }
  bodyOf(await services.api.json('PUT', `${tenant.path}/settings`, settings), 200)
  return tenant
}

async function expiring({ target }: Stage, name: string) {
  const notAfter = new Date(Date.now() + 20 * dayMs)
  const { certificate, privateKey } = await target.clientCa.issue({ commonName: name, notAfter })
  return { name, certificate, privateKey }
}

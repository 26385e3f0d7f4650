import { setTimeout } from 'node:timers/promises'
import { bodyOf } from '../../gateway/bench-account.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

const dayMs = 86_400_000
/** The hostile tenant's. */
const dueAtOnce = 100
const longestMs = 30_000
/** The throttle counts both tenants as one address. */
const pauseMs = 50

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

export const noticeTests: PoolMeasurement = {
  operation: 'a test of a notice, or its refusal',
  attack: 'has a recipient tested again and again',
  prepare: async (stage) => {
    const [quiet, hostile] = [await withRecipient(stage, 'quiet'), await withRecipient(stage, 'hostile')]
    const test = async (path: string) => {
      const { status } = await stage.services.api.json('POST', path)
      if (status !== 200 && status !== 429) throw new Error(`the notice was not tested: ${status}`)
    }
    return {
      perSecond: 10,
      operate: () => test(quiet),
      begin: async () => {
        let isOver = false
        const testing = (async () => {
          while (!isOver) {
            await test(hostile)
            await setTimeout(pauseMs)
          }
        })()
        return {
          stop: async () => {
            isOver = true
            await testing
          },
        }
      },
      // What it has used up comes back by one a minute.
      isOver: ({ waiting }) => waiting === 0,
    }
  },
}

/** @returns the path of the test of its recipient */
async function withRecipient(stage: Stage, id: string): Promise<string> {
  const { services, webhook } = stage
  const { path } = await newTenant(stage, id, [])
  const notices = [{ channel: 'webhook', to: `${webhook.url}/` }]
  const { notices: kept } = bodyOf(
    await services.api.json<{ readonly notices: readonly { readonly id: string }[] }>('PUT', `${path}/settings`, {
      notices,
    }),
    200,
  )
  return `${path}/settings/notices/${kept[0]?.id}/test`
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

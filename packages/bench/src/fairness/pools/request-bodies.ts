import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { type RequestsOrder, throttledPerSecond } from '../attack-order.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { callerOf, newTenant } from '../tenants.ts'

const attack = 'sends eight of the largest bodies at once, of as many values as they can hold'
const mebibyte = 1_048_576
/** For each body: together they take 1 Gbit/s. */
const bodyBytesPerSecond = 16 * mebibyte
const json = { 'content-type': 'application/json' }

export const forwarderBodies: PoolMeasurement = {
  operation: 'a check of one mapping',
  attack,
  prepare: async (stage) => {
    const { services, target } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', [])]
    const caller = callerOf(stage, quiet)
    const entry = { serviceName: 'IDP', accountId: quiet.account.id, url: `${target.url}/small` }
    const url = services.forwarder.url
    const path = `${hostile.path}/mapping`
    return {
      perSecond: 75,
      operate: async () => {
        bodyOf(await caller.json('POST', `${quiet.path}/mapping`, [entry]), 200)
      },
      begin: async () => flood({ url, path, headers: json, appKey: hostile.appKey, body: manyValues(4 * mebibyte) }),
    }
  },
}

export const configApiBodies: PoolMeasurement = {
  operation: 'an explanation of a mapping',
  attack,
  prepare: async (stage) => {
    const { services, target } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', ['small']), await newTenant(stage, 'hostile', [])]
    const call = { serviceName: 'IDP', url: `${target.url}/small` }
    const url = services.configApi.url
    const path = `${hostile.path}/mappings`
    const headers = { ...json, authorization: `Bearer ${services.token}` }
    return {
      perSecond: 75,
      operate: async () => {
        bodyOf(await services.api.json('POST', `${quiet.path}/mappings/explain`, call), 200)
      },
      begin: async () => flood({ url, path, headers, body: manyValues(8 * mebibyte) }),
    }
  },
}

function flood(order: Pick<RequestsOrder, 'url' | 'path' | 'headers' | 'appKey' | 'body'>) {
  return beginAttack({
    kind: 'requests',
    method: 'POST',
    bodyBytesPerSecond,
    sendsOn: true,
    atOnce: 8,
    perSecond: throttledPerSecond,
    ...order,
  })
}

/** `[[],[],[] ...]`: nothing takes longer to read. */
function manyValues(bytes: number): Buffer {
  return Buffer.from(`[${'[],'.repeat(Math.floor(bytes / 3) - 2)}[]]`)
}

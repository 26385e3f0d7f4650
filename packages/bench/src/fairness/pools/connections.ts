import { ApiClient } from '@mtls-gateway/test-kit'
import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { forwardTo, newTenant } from '../tenants.ts'

/** One address may hold 500 of them. */
const maxConnections = 1_000
const attack = 'keeps 500 silent connections and opens 1,000 more a second'
const hold = (url: string) => async () =>
  beginAttack({ kind: 'connections', url, atOnce: maxConnections, perSecond: 1_000 })
const env = { MAX_CONNECTIONS: String(maxConnections) }

export const forwarderConnections: PoolMeasurement = {
  operation: 'a forward over a new connection',
  attack,
  env,
  prepare: async (stage) => {
    const { services, target } = stage
    const { path, appKey } = await newTenant(stage, 'quiet', ['small'])
    const headers = forwardTo(`${target.url}/small`)
    return {
      perSecond: 75,
      operate: async () => {
        const client = new ApiClient({ baseUrl: services.forwarder.url, oauth1: appKey })
        bodyOf(await client.json('GET', path, undefined, headers), 200)
        await client.close()
      },
      begin: hold(services.forwarder.url),
    }
  },
}

export const configApiConnections: PoolMeasurement = {
  operation: 'a list of certificates over a new connection',
  attack,
  env,
  prepare: async (stage) => {
    const { services } = stage
    const { path } = await newTenant(stage, 'quiet', [])
    return {
      perSecond: 75,
      operate: async () => {
        const client = new ApiClient({ baseUrl: services.configApi.url, bearer: services.token })
        bodyOf(await client.json('GET', `${path}/certificates`), 200)
        await client.close()
      },
      begin: hold(services.configApi.url),
    }
  },
}

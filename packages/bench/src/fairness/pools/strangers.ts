import { randomBytes } from 'node:crypto'
import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import { smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { forwardTo, newTenant, type Tenant } from '../tenants.ts'

const addresses = 16
/** Below the throttle of each address. */
const perSecond = addresses * (throttledPerSecond - 10)
const attack = `signs ${perSecond} requests a second from ${addresses} addresses with wrong secrets, for app keys that exist and others that don't, with long queries`

/** As many parameters as fit into a request, and the longest query that is read. */
const queries = [
  Array.from({ length: 990 }, () => `${randomBytes(3).toString('hex')}=%2f%41${randomBytes(1).toString('hex')}`).join(
    '&',
  ),
  Array.from({ length: 30 }, () => `${randomBytes(3).toString('hex')}=${'%2f'.repeat(42)}`).join('&'),
]

function floodOf(url: string, path: string, { account, appKey }: Tenant, headers: Readonly<Record<string, string>>) {
  const invented = `${account.id}.${randomBytes(33).toString('base64url')}`
  return async () =>
    beginAttack({
      kind: 'requests',
      url,
      method: 'GET',
      path,
      queries,
      headers,
      forgedAppKeys: [appKey.appKey, invented],
      addresses,
      atOnce: 4 * addresses,
      perSecond,
    })
}

/** No pool shows how far it is: it is at its worst at once, and over with its requests. */
const withoutPool = { isAtWorst: () => true, isOver: () => true }

/** Nobody knows who they are, so no account can be charged. */
export const strangersOfForwarder: PoolMeasurement = {
  operation: smallForward,
  attack,
  stateOf: 'forward-calls',
  async prepare(stage: Stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const named = await newTenant(stage, 'hostile', ['small'])
    const headers = forwardTo(`${stage.target.url}/small`)
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: floodOf(stage.services.forwarder.url, named.path, named, headers),
      ...withoutPool,
    }
  },
}

export const strangersOfConfigApi: PoolMeasurement = {
  operation: 'a list of certificates',
  attack,
  stateOf: 'account-reads',
  async prepare(stage: Stage) {
    const { services } = stage
    const quiet = await newTenant(stage, 'quiet', [])
    const named = await newTenant(stage, 'hostile', [])
    return {
      perSecond: 50,
      operate: async () => {
        bodyOf(await services.api.json('GET', `${quiet.path}/certificates`), 200)
      },
      begin: floodOf(services.configApi.url, `${named.path}/certificates`, named, {}),
      ...withoutPool,
    }
  },
}

import { randomBytes } from 'node:crypto'
import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { type RequestsOrder, throttledPerSecond } from '../attack-order.ts'
import { smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

const addresses = 16
/** Below the throttle of each address. */
const perSecond = addresses * (throttledPerSecond - 10)
const from = `${perSecond} requests a second from ${addresses} addresses`

/** As many parameters as fit into a request, and the longest query that is read. */
const queries = [queryOf(990, () => `%2f%41${randomBytes(1).toString('hex')}`), queryOf(30, () => '%2f'.repeat(20))]

function queryOf(parameters: number, value: () => string): string {
  return Array.from({ length: parameters }, () => `${randomBytes(3).toString('hex')}=${value()}`).join('&')
}

type Flood = (named: Tenant) => Partial<RequestsOrder>

const signatures: Flood = ({ account, appKey }) => ({
  queries,
  forgedAppKeys: [appKey.appKey, `${account.id}.${randomBytes(33).toString('base64url')}`],
})
const tokens: Flood = () => ({ inventsTokens: true })

/** Nobody knows who they are, so no account can be charged. No pool shows how far a flood is: it is so at once. */
const ofForwarder = (attack: string, flood: Flood, route: Partial<RequestsOrder>, below: string): PoolMeasurement => ({
  operation: smallForward,
  attack,
  stateOf: 'forward-calls',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const named = await newTenant(stage, 'hostile', ['small'])
    const headers = { 'LP-forward-url': `${stage.target.url}/small`, 'LP-service-name': 'IDP' }
    const { url } = stage.services.forwarder
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOf({ url, path: named.path + below, headers, ...route, ...flood(named) }),
      isAtWorst: () => true,
    }
  },
})

const ofConfigApi = (attack: string, flood: Flood): PoolMeasurement => ({
  operation: 'a list of certificates',
  attack,
  stateOf: 'account-reads',
  async prepare(stage) {
    const { services } = stage
    const quiet = await newTenant(stage, 'quiet', [])
    const named = await newTenant(stage, 'hostile', [])
    const { url } = services.configApi
    return {
      perSecond: 50,
      operate: async () => {
        bodyOf(await services.api.json('GET', `${quiet.path}/certificates`), 200)
      },
      begin: async () => floodOf({ url, path: `${named.path}/certificates`, headers: {}, ...flood(named) }),
      isAtWorst: () => true,
    }
  },
})

function floodOf(order: Pick<RequestsOrder, 'url' | 'path' | 'headers'>) {
  return beginAttack({ kind: 'requests', method: 'GET', addresses, atOnce: 4 * addresses, perSecond, ...order })
}

const signs = `sends ${from} with wrong signatures and long queries, for app keys that exist and others that do not`
const invents = `sends ${from} with tokens that only the token issuer can tell from real ones`

export const strangersOfForwarder = ofForwarder(signs, signatures, {}, '')
export const strangersOfConfigApi = ofConfigApi(signs, signatures)
export const forwarderTokenQuestions = ofForwarder(invents, tokens, { method: 'POST' }, '/mapping')
export const configApiTokenQuestions = ofConfigApi(invents, tokens)

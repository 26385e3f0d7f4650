import { setTimeout } from 'node:timers/promises'
import { bodyOf } from '../../gateway/bench-account.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant, type Tenant } from '../tenants.ts'

/** More than an account's share of the pool. */
const plansAtOnce = 12
/** The throttle counts both tenants as one address. */
const pauseMs = 100

export const issuerOrders: PoolMeasurement = {
  operation: 'an order at the CA of an account',
  attack: `orders ${plansAtOnce} certificates at once, again and again`,
  prepare: async (stage) => {
    const [quiet, hostile] = [await newTenant(stage, 'quiet', []), await newTenant(stage, 'hostile', [])]
    let ordered = 0
    const order = ({ path }: Tenant) => {
      const name = `ordered-${ordered++}`
      const body = { name, profile: 'local', subject: { commonName: name } }
      return stage.services.api.json('POST', `${path}/certificates/issue`, body)
    }
    return {
      perSecond: undefined,
      operate: async () => void bodyOf(await order(quiet), 201),
      begin: () => repeated(Array.from({ length: plansAtOnce }, () => () => order(hostile))),
    }
  },
}

export const planSteps: PoolMeasurement = {
  operation: 'a question to an issuer',
  attack: `has ${plansAtOnce} renewal plans test their next versions at once, again and again`,
  prepare: async (stage) => {
    const { services } = stage
    const quiet = await newTenant(stage, 'quiet', [])
    const order = { name: 'ordered', profile: 'local', subject: { commonName: 'ordered' } }
    bodyOf(await services.api.json('POST', `${quiet.path}/certificates/issue`, order), 201)
    const runs = await plannedTests(stage, 'hostile')
    return {
      perSecond: 50,
      operate: async () => {
        const { status } = await services.api.raw({ method: 'GET', path: `${quiet.path}/issuers/local/ca` })
        if (status !== 200) throw new Error(`the CA was not told: ${status}`)
      },
      // Refused or not: its targets take no certificate of that CA.
      begin: () => repeated(runs.map((run) => () => services.api.json('POST', run))),
    }
  },
}

async function repeated(calls: readonly (() => Promise<unknown>)[]) {
  let isOver = false
  const callers = calls.map(async (call) => {
    while (!isOver) {
      await call()
      await setTimeout(pauseMs)
    }
  })
  return {
    stop: async () => {
      isOver = true
      await Promise.all(callers)
    },
  }
}

/** The paths that run plans whose next versions their target refuses. */
async function plannedTests(stage: Stage, id: string): Promise<readonly string[]> {
  const { services, target } = stage
  const { account, path } = await newTenant(stage, id, [])
  const names = Array.from({ length: plansAtOnce }, (_, index) => `planned-${index}`)
  const identities = await Promise.all(names.map((name) => target.clientCa.issue({ commonName: name })))
  const ids = await account.addCertificates(
    identities.map(({ certificate, privateKey }, index) => ({ name: names[index] ?? '', certificate, privateKey })),
  )
  await account.addMappings(
    ids.map((certificationId, index) => ({ name: `m${index}`, url: `${target.url}/small?${index}`, certificationId })),
  )
  return Promise.all(
    ids.map(async (certificate) => {
      const plan = `${path}/certificates/${certificate}/plan`
      const choices = { profile: 'local', renewAt: 0.95, promote: 'manual' }
      bodyOf(await services.api.json('PUT', plan, choices), 200)
      bodyOf(await services.api.json('POST', `${plan}/run`), 200)
      return `${plan}/run`
    }),
  )
}

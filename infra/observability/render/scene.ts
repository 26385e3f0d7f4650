import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ApiClient, TestTarget } from '@mtls-gateway/test-kit'
import { expectSignIn } from '../../../packages/demo/src/console-sign-in.ts'
import { lp, type Tenant } from '../../../packages/e2e/test/support/tenant.ts'
import type { Certificate } from '../../../packages/e2e/test/support/wire.ts'
import type { Stage } from './stage.ts'
import { Traffic } from './traffic.ts'

const dayMs = 86_400_000

/** Nearly three minutes of calls, in which one thing after the other goes wrong. @param tell says what happens */
export async function play(stage: Stage, tell: (what: string) => void): Promise<void> {
  const { system, console, healthy, moody, mood, vault, backends } = stage
  const traffic = new Traffic()
  const company = await onboarded(stage, 'example-company', 40)
  const shop = await onboarded(stage, 'example-shop', 9)
  const bank = await onboarded(stage, 'example-bank', 1)
  const [first, second] = await Promise.all([company.newCaller(), callerOfSecond(stage, company)])
  const [ofShop, ofBank] = await Promise.all([shop.newCaller(), bank.newCaller()])
  const keys = await healthy.clientCa.issue({ commonName: 'uploaded' })
  const impostor = system.toForwarderApi({ oauth1: { appKey: `${shop.id}.k3y`, appSecret: 'guessed' } })

  tell('calls of three tenants')
  traffic.every(40, () => forward(first, company, healthy))
  traffic.every(50, () => forward(second, company, healthy))
  traffic.every(120, () => forward(ofShop, shop, healthy))
  traffic.every(300, () => forward(ofBank, bank, healthy))
  traffic.every(700, () => forward(ofShop, shop, healthy, 'unmapped'))
  traffic.every(200, () => company.api.json('GET', company.path('certificates')))
  traffic.every(1_500, () => shop.saveCertificate(randomBytes(4).toString('hex'), keys))
  const token = await system.token()
  traffic.every(800, () => expectSignIn(console.url, token, company.id))
  traffic.every(4_000, () => tryAt(company, healthy))
  await setTimeout(25_000)

  tell('a target that answers no call')
  mood.isMute = true
  traffic.every(60, () => forward(ofBank, bank, moody))
  traffic.every(3_000, () => tryAt(bank, moody), 15_000)
  await setTimeout(20_000)
  mood.isMute = false

  tell('wrong signatures, and more slow calls and keys to make than there are places')
  traffic.every(100, () => forward(impostor, shop, healthy), 13_000)
  const callers = [
    [ofShop, shop],
    [first, company],
    [ofBank, bank],
  ] as const
  for (const [caller, tenant] of callers) {
    traffic.every(50, () => forward(caller, tenant, healthy, '', { 'x-slow': 'yes' }), 13_000)
  }
  for (let made = 0; made < 10; made++) traffic.once(() => makeKey(company, `made-${made}`))
  await setTimeout(15_000)

  tell('more requests than an address may send')
  traffic.every(4, () => forward(ofShop, shop, healthy), 12_000)
  await setTimeout(18_000)

  tell('Redis hangs')
  backends.redis.pause()
  await setTimeout(14_000)
  backends.redis.resume()
  await setTimeout(10_000)

  tell('Vault is sealed')
  await vault.seal()
  await setTimeout(28_000)
  await vault.unseal()
  await setTimeout(20_000)
  await traffic.stop()
}

/** A tenant with one certificate, good for some days, for both targets. */
async function onboarded(stage: Stage, id: string, days: number): Promise<Tenant> {
  const { system, healthy, moody } = stage
  const tenant = await system.newTenant(id)
  const notAfter = new Date(Date.now() + days * dayMs)
  const identity = await healthy.clientCa.issue({ commonName: id, notAfter })
  const { certificate } = await tenant.onboard(identity, `${healthy.url}/`)
  await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url: `${moody.url}/`, name: 'moody' })
  return tenant
}

async function callerOfSecond({ system }: Stage, tenant: Tenant): Promise<ApiClient> {
  return system.toForwarderApi({ oauth1: await tenant.newAppKey() }, system.moreForwarders[0])
}

function forward(
  caller: ApiClient,
  { forwardPath }: Tenant,
  { url }: TestTarget,
  path = '',
  more = {},
): Promise<unknown> {
  return caller.raw({ method: 'GET', path: forwardPath, headers: { ...lp(`${url}/${path}`), ...more } })
}

/** By a process of the prober's, with the certificate of the tenant. */
async function tryAt(tenant: Tenant, { url }: TestTarget): Promise<unknown> {
  const { body } = await tenant.api.json<readonly Certificate[]>('GET', tenant.path('certificates'))
  const certificate = body.find(({ name }) => name === 'c1')
  return tenant.api.json('POST', tenant.path(`certificates/${certificate?.id}/trial`), { url: `${url}/tried` })
}

/** Takes seconds of a processor. */
function makeKey(tenant: Tenant, name: string): Promise<unknown> {
  const body = { name, keyType: 'RSA-4096', subject: { commonName: name } }
  return tenant.api.json('POST', tenant.path('certificates/csr'), body)
}

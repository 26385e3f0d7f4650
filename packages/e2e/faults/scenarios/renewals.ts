import { setTimeout } from 'node:timers/promises'
import type { Plan } from '@mtls-gateway/contract'
import {
  createCa,
  type EchoedRequest,
  type MtlsTarget,
  startMtlsTarget,
  startTestTarget,
  startVaultServer,
} from '@mtls-gateway/test-kit'
import { PkiEngine } from '../../test/support/pki-engine.ts'
import { ProductionBackends, patient } from '../../test/support/production-backends.ts'
import { System, type SystemOptions } from '../../test/support/system.ts'
import { lp, mustBe } from '../../test/support/tenant.ts'
import { TestIssuer } from '../../test/support/test-issuer.ts'
import type { Certificate } from '../../test/support/wire.ts'
import { failedOf, PacedCalls } from '../rollout/paced-calls.ts'
import { atLeast, atMost, type FaultContext, type Findings, type Scenario } from '../scenario.ts'

const lifetimeSeconds = 120
/** Half of each lifetime passes with a version. */
const renewAt = 0.5
const callsPerSecond = 40
const pollMs = 500

interface Scene {
  readonly target: MtlsTarget
  readonly profile: string
  readonly options: Omit<SystemOptions, 'targets'>
  /** What config-api trusts besides the target. */
  readonly trusted: readonly { readonly ca: string }[]
}

/** A certificate of an OpenBao engine, presented by two forwarders on OpenBao and Redis. */
export const renewalsOpenBao: Scenario = async (context) => {
  const { opened } = context
  context.steps.expect(2)
  context.steps.next('starting OpenBao, Redis and the services')
  const vault = opened.adopt(await startVaultServer(), (server) => server.stop())
  const engine = opened.adopt(await PkiEngine.open(vault, lifetimeSeconds), (each) => each.close())
  const serverIdentity = await (await createCa()).issue({
    ...{ commonName: 'localhost', dnsNames: ['localhost'], extendedKeyUsage: ['serverAuth'] },
  })
  const target = await startMtlsTarget({ serverIdentity, clientCa: engine.ca })
  opened.defer(() => target.close())
  const backends = await ProductionBackends.open(vault, patient)
  return renewUnderLoad(context, {
    target,
    profile: 'engine',
    options: { backends, configApiEnv: engine.env, moreForwarders: [{}] },
    trusted: [],
  })
}

/** The same with an issuer behind a webhook and all in files, which one forwarder alone may use. */
export const renewalsEmbedded: Scenario = async (context) => {
  const { opened } = context
  context.steps.expect(2)
  context.steps.next('starting the services')
  const target = opened.adopt(await startTestTarget(), (server) => server.close())
  const issuer = opened.adopt(await TestIssuer.open(target.clientCa, lifetimeSeconds), (each) => each.close())
  return renewUnderLoad(context, {
    target,
    profile: 'test',
    options: { configApiEnv: issuer.env },
    trusted: [issuer],
  })
}

/** Again and again under load: no call may fail, and none may present what the certificate has never had. */
async function renewUnderLoad({ opened, steps, amount: renewals }: FaultContext, scene: Scene): Promise<Findings> {
  const { target, profile, options, trusted } = scene
  const targets = [target, ...trusted]
  const system = opened.adopt(await System.start({ ...options, targets }), (all) => all.stop())
  const tenant = await system.newTenant()
  const order = { name: 'renewed', profile, subject: { commonName: 'client' } }
  const issued = await tenant.api.json<Certificate>('POST', tenant.path('certificates/issue'), order)
  mustBe(201, issued)
  const path = tenant.path(`certificates/${issued.body.id}`)
  const url = `${target.url}/renewed`
  await tenant.map({ certificationId: issued.body.id, serviceId: 'IDP', url, name: 'm1' })
  mustBe(200, await tenant.api.json<Plan>('PUT', `${path}/plan`, { profile, renewAt }))
  const appKey = await tenant.newAppKey(['forward'])

  steps.next(`${renewals} renewals of a certificate of ${lifetimeSeconds} s`)
  const presented = [system.forwarderApi, ...system.moreForwarders].map((forwarder) => {
    const caller = system.toForwarderApi({ oauth1: appKey }, forwarder)
    const seen = new Set<string>()
    const calls = new PacedCalls(callsPerSecond, async () => {
      const { status, body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url))
      if (status === 200) seen.add(body.clientCertificate?.fingerprint256 ?? 'none')
      return status === 200 ? '200' : `${status} ${(body as { readonly code?: string }).code}`
    })
    return { seen, calls: opened.use(calls) }
  })
  const versions = new Set<string>()
  const lives: number[] = []
  const longestMs = 2 * renewals * lifetimeSeconds * 1_000
  for (const until = performance.now() + longestMs; versions.size <= renewals; await setTimeout(pollMs)) {
    if (performance.now() > until) throw new Error(`only ${versions.size - 1} renewals within ${longestMs} ms`)
    const { body } = await tenant.api.json<Certificate>('GET', path)
    versions.add(fingerprintOf(body.fingerprintSha256 ?? ''))
    lives.push((Date.parse(body.expirationDate ?? '') - Date.now()) / 1_000)
  }
  // Forwarders hear of the last one, too.
  await setTimeout(2_000)
  const ends = await Promise.all(presented.map(({ calls }) => calls.stop()))
  const count = presented.reduce((sum, { calls }) => sum + calls.count, 0)
  const wrong = presented.flatMap(({ seen }) => [...seen]).filter((each) => !versions.has(fingerprintOf(each)))
  const failed = ends.reduce((sum, each) => sum + failedOf(each), 0)
  const unknown = { before: undefined }
  const figures = [
    atMost(0, `calls that failed, of ${count}`, { ...unknown, now: failed }),
    atMost(0, 'certificates presented that it has never had', { ...unknown, now: wrong.length }),
    atLeast(renewals, 'renewals that each forwarder has presented', {
      ...unknown,
      now: Math.min(...presented.map(({ seen }) => seen.size)) - 1,
    }),
    atLeast(10, 'left of a lifetime when it was renewed', { ...unknown, now: Math.min(...lives), unit: 's' }),
    atMost(0, 'steps that failed', { ...unknown, now: system.configApi.output.split('"plan-step-failed"').length - 1 }),
  ]
  const notes = [`calls: ${JSON.stringify(ends)}`]
  return { figures, notes, calls: { made: count, failed }, log: await system.readOutput() }
}

function fingerprintOf(text: string): string {
  return text.replaceAll(':', '').toLowerCase()
}

import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type PlanStep, planSteps } from '@mtls-gateway/domain'
import { createCa, startTestTarget } from '@mtls-gateway/test-kit'
import { type Latencies, type Operations, operateFor } from '../fairness/latencies.ts'
import { highestQuantile, quantileOf } from '../fairness/quantile.ts'
import { BenchAccount, bodyOf } from '../gateway/bench-account.ts'
import { type GatewayServices, ownCheckout, startGatewayServices } from '../gateway/gateway-services.ts'
import { serviceMetrics } from '../gateway/service-metrics.ts'
import { cores } from '../machine/cores.ts'
import { processUsage } from '../machine/process-usage.ts'
import { atLeast, atMost, type Verdict } from '../report/verdict.ts'
import { type AccountOfStorm, certificateIdOf, writePlannedAccounts } from '../storm/planned-accounts.ts'
import { type BenchContext, type Findings, joined, type Scenario } from './bench-context.ts'

/** All that is due at once is shared by so many accounts. */
const accountCounts = [100, 10]
const mostAtRest = 0.01
const mostTimes = 2
/** The others have nothing to test. */
const mappedShare = 0.1
/** How often each operation is done. A p99 needs a thousand: `--rounds 11`. */
const perSecond = 10
const page = 100
/** So many have no plans. One alone would notice its own operations. */
const unplannedAccounts = 10
const withinMs = 120_000

const plan = { profile: 'local', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' } as const

/** Accounts that have no plans, or those that have. */
interface Owner {
  readonly name: string
  readonly accounts: readonly MappedAccount[]
}

interface MappedAccount extends AccountOfStorm {
  readonly path: string
  readonly mappings: readonly number[]
}

/** Many certificates with plans: what they cost while none is due, and who notices when all are. */
export const storm: Scenario = async (context) => {
  context.steps.expect(5 * accountCounts.length)
  const findings: Findings[] = []
  for (const count of accountCounts) findings.push(await measureStorm(context, count))
  return joined(findings)
}

async function measureStorm(context: BenchContext, count: number): Promise<Findings> {
  const { steps, rounds, seconds, certificates } = context
  await using opened = new AsyncDisposableStack()
  const each = Math.ceil(certificates / count)
  const name = `${count} accounts with ${each} plans each`
  steps.next(`${name}: write them, and start a gateway`)
  const directory = await mkdtemp(join(context.directory, 'storm-'))
  const unplanned = Array.from({ length: unplannedAccounts }, (_, n) => ({ id: `calm-${n}`, certificates: each }))
  const planned = Array.from({ length: count }, (_, n) => ({ id: `storm-${n}`, certificates: each, plan }))
  const ca = await createCa({ name: 'Old CA' })
  await writePlannedAccounts({
    directory,
    accounts: [...unplanned, ...planned],
    identity: await ca.issue({ commonName: 'client' }),
  })
  const target = opened.adopt(await startTestTarget({ requireClientCertificate: false }), (server) => server.close())
  const services = opened.adopt(
    await startGatewayServices({
      directory,
      targetCa: target.ca,
      targetPorts: new URL(target.url).port,
      // Once a day it reads all chains: some seconds, which may be any of those that are measured.
      env: { REVOCATION_CHECK_INTERVAL: '0s' },
      configApiCores: cores.all,
    }),
    ({ stop }) => stop(),
  )
  const mapped = (accounts: readonly AccountOfStorm[]) =>
    Promise.all(accounts.map((account) => mapSome(services, account, target.url)))
  const owners = [
    { name: 'without plans', accounts: await mapped(unplanned) },
    { name: 'with plans', accounts: await mapped(planned) },
  ]
  const operations = owners.flatMap((owner) => operationsOf(services, owner))
  await until(services, (value) => value('renewal_plans{state="idle"}') === count * each)
  // What a service does once it has started, reading all accounts for example.
  await setTimeout(seconds * 1_000)

  const restSeconds = 6 * seconds
  steps.next(`${name}: at rest for ${restSeconds} s`)
  const atRest = await cpuShareFor(restSeconds, services.configApi.pid)
  // Until everything is compiled, connected and cached.
  await measure(operations, seconds)
  steps.next(`${name}: calm`)
  const calm = await measure(operations, rounds * seconds)

  steps.next(`${name}: all are due`)
  await replaceAll(services, directory, planned)
  await until(services, (value) => value(stepsDone('request'), 0) > 0)
  steps.next(`${name}: storm`)
  const before = await serviceMetrics(services.configApi.managementUrl)
  const stormy = await measure(operations, rounds * seconds)
  const after = await serviceMetrics(services.configApi.managementUrl)
  const done = (step: PlanStep) => after(stepsDone(step), 0) - before(stepsDone(step), 0)
  const latencies = operations.map((operation, index) => ({ operation, ...pairOf(calm[index], stormy[index]) }))
  const failures = [...calm, ...stormy].flatMap((each) => each.failures)
  return {
    results: [],
    verdicts: [
      atMost(mostAtRest, `${name}: cores that config-api takes at rest`, atRest),
      ...latencies.map((each) => verdictOf(name, each)),
      atMost(0, `${name}: refused and failed operations`, failures.length),
      atLeast(1, `${name}: renewed while it was measured`, done('promote')),
      atLeast(1, `${name}: left to renew then`, count * each - after(stepsDone('promote'), 0)),
    ],
    notes: [
      `${name}: steps done in the storm: ${planSteps.map((step) => `${step} ${done(step)}`).join(', ')}`,
      ...latencies.map((each) => `${name}: ${noteOf(each)}`),
      ...failures.slice(0, 1).map((failure) => `${name}: ${failure}`),
    ],
  }
}

/** Every tenth of its certificates gets a mapping. */
async function mapSome({ api }: GatewayServices, account: AccountOfStorm, url: string): Promise<MappedAccount> {
  const path = `/mtls/account/${account.id}`
  const mappings = Array.from({ length: Math.ceil(account.certificates * mappedShare) }, (_, n) => ({
    name: `m${n}`,
    url: `${url}/${account.id}/${n}`,
    certificationId: certificateIdOf(n),
  }))
  await new BenchAccount({ id: account.id, configApi: api }).addMappings(mappings)
  const made = bodyOf(await api.json<{ readonly id: number }[]>('GET', `${path}/mappings`), 200)
  return { ...account, path, mappings: made.map(({ id }) => id) }
}

interface Operation extends Operations {
  readonly name: string
}

/** What people and programs ask of an account every day. */
function operationsOf({ api }: GatewayServices, { name, accounts }: Owner): readonly Operation[] {
  const operation = (what: string, operate: (account: MappedAccount) => Promise<void>): Operation => ({
    name: `${what} in an account ${name}`,
    perSecond,
    operate: () => operate(oneOf(accounts)),
  })
  const request = async (method: string, path: string, body?: unknown) => {
    bodyOf(await api.json(method, path, body), 200)
  }
  return [
    operation('a certificate', ({ path, certificates }) =>
      request('GET', `${path}/certificates/${certificateIdOf(Math.floor(Math.random() * certificates))}`),
    ),
    operation(`a list of ${page} certificates`, ({ path }) => request('GET', `${path}/certificates?limit=${page}`)),
    operation('a change of a mapping', ({ path, mappings }) =>
      request('PUT', `${path}/mappings/${oneOf(mappings)}`, { enable: Math.random() < 0.5 }),
    ),
  ]
}

function oneOf<T>(all: readonly T[]): T {
  const one = all[Math.floor(Math.random() * all.length)]
  if (one === undefined) throw new Error('there is none')
  return one
}

/** All operations at once, each as often. */
async function measure(operations: readonly Operation[], seconds: number): Promise<readonly Latencies[]> {
  return Promise.all(
    operations.map(async (operation) => {
      const into: Latencies = { ms: [], failures: [] }
      await operateFor(seconds, operation, into)
      return into
    }),
  )
}

/** As an operator does it whose CA is going away; whoever reads an account tells config-api what is due there. */
async function replaceAll({ api }: GatewayServices, directory: string, accounts: readonly AccountOfStorm[]) {
  const admin = join(ownCheckout, 'apps/config-api/dist/mtls-admin.js')
  const accepted = ['ISSUER_DIFFERS', 'EXPIRES_EARLIER'].flatMap((code) => ['--accept', code])
  const args = [admin, 'replace', '--issuer', 'CN=Old CA', '--yes', ...accepted]
  const replacing = promisify(execFile)(process.execPath, args, { env: { ...process.env, DATA_DIR: directory } })
  // It exits with 1, as nothing is replaced yet.
  await replacing.catch(() => undefined)
  for (const { id } of accounts) await api.json('GET', `/mtls/account/${id}/certificates?limit=1`)
}

async function cpuShareFor(seconds: number, pid: number): Promise<number> {
  const before = processUsage(pid).cpuMs
  await setTimeout(seconds * 1_000)
  return (processUsage(pid).cpuMs - before) / (seconds * 1_000)
}

type MetricValue = Awaited<ReturnType<typeof serviceMetrics>>

function stepsDone(step: PlanStep): string {
  return `renewal_plan_steps_total{step="${step}",outcome="done"}`
}

async function until({ configApi }: GatewayServices, isSo: (value: MetricValue) => boolean): Promise<void> {
  for (const end = performance.now() + withinMs; ; await setTimeout(100)) {
    if (isSo(await serviceMetrics(configApi.managementUrl))) return
    if (performance.now() > end) throw new Error('config-api does not know the plans')
  }
}

interface Measured {
  readonly operation: Operation
  readonly calm: readonly number[]
  readonly stormy: readonly number[]
}

function pairOf(calm: Latencies | undefined, stormy: Latencies | undefined): Pick<Measured, 'calm' | 'stormy'> {
  if (!calm?.ms.length || !stormy?.ms.length) throw new Error('an operation was never done')
  return { calm: calm.ms, stormy: stormy.ms }
}

function verdictOf(name: string, { operation, calm, stormy }: Measured): Verdict {
  const quantile = highestQuantile(Math.min(calm.length, stormy.length))
  const times = quantileOf(stormy, quantile.part) / quantileOf(calm, quantile.part)
  return atMost(mostTimes, `${name}: ${quantile.name} of ${operation.name} in the storm, of that in calm`, times, 'x')
}

function noteOf({ operation, calm, stormy }: Measured): string {
  const { name, part } = highestQuantile(Math.min(calm.length, stormy.length))
  const quantiles = (ms: readonly number[]) => [0.5, part].map((each) => quantileOf(ms, each).toFixed(1)).join(' and ')
  return `p50 and ${name} of ${operation.name}: ${quantiles(calm)} ms, in the storm ${quantiles(stormy)} ms`
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@mtls-gateway/test-kit'
import { type GatewayServices, type RunningService, startGatewayServices } from '../gateway/gateway-services.ts'
import { serviceMetrics } from '../gateway/service-metrics.ts'
import { callOnce } from '../load/call-once.ts'
import { cores } from '../machine/cores.ts'
import { startNginx } from '../machine/nginx.ts'
import { processUsage } from '../machine/process-usage.ts'
import { atMost } from '../report/verdict.ts'
import { openBenchVault } from '../scale/bench-vault.ts'
import { type SubjectOptions, smallCall } from '../subject.ts'
import { type CallingAccount, onboard, signedRequests } from '../subjects/gateway.ts'
import { issueCertificates } from '../subjects/start-subjects.ts'
import { startBenchTarget } from '../target/bench-target.ts'
import type { BenchContext, Scenario } from './bench-context.ts'

const forwarders = 4
/** So often each identity is called: by chance, it has been at 3.9 of four forwarders then. */
const callsOfEach = 12
const certificates = 20
/** Calls of one identity, before anything is measured: what code takes that has been compiled is no account's. */
const warmUpCalls = 3_000
/** Calls signed before the second in which a forwarder started are refused. */
const startedMs = 2_000

/** How nginx chooses a forwarder. Not in turn: calls that come in turn would meet the same one again. */
const ways = { 'by account': 'hash $account consistent;', 'by chance': 'random;' } as const
type Way = keyof typeof ways

interface Cost {
  /** TLS handshakes with the target. */
  readonly handshakes: number
  /** What the four have taken for the calls. */
  readonly mib: number
}

/** Identities of many accounts are called in turn, through nginx and four forwarders: how many handshakes is that? */
export const affinity: Scenario = async (context) => {
  const { identities, accounts, steps } = context
  await using opened = new AsyncDisposableStack()
  const directory = join(context.directory, 'affinity')
  await mkdir(directory)
  const target = opened.adopt(
    await startBenchTarget({ directory: join(directory, 'target'), manyConnections: true }),
    (server) => server.stop(),
  )
  steps.expect(1 + 2 * (1 + callsOfEach))
  steps.next(`store ${identities} certificates in ${accounts} accounts`)
  const vault = opened.adopt(await openBenchVault(process.env), (server) => server.close())
  const services = opened.adopt(
    await startGatewayServices({
      directory,
      targetCa: target.ca,
      targetPorts: String(target.port),
      // Forwarders share a store; each call comes once, so they need not share nonces.
      env: { ...vault.env, MAX_CONNECTIONS: '2000' },
    }),
    (running) => running.stop(),
  )
  const options: SubjectOptions = {
    directory,
    target: { ...target, address: '127.0.0.1' },
    identities,
    identitiesAnAccount: Math.ceil(identities / accounts),
    certificates: await issueCertificates(directory, target, certificates),
  }
  const callers = await onboard(services.api, options)
  const measure = (way: Way) => costOf(context, options, callers, services.startForwarder, way)
  const [byAccount, byChance] = [await measure('by account'), await measure('by chance')]
  const described = (way: Way, { handshakes, mib }: Cost) =>
    `affinity: ${way}: ${handshakes} handshakes, ${mib.toFixed(0)} MiB more in all ${forwarders} forwarders`
  return {
    results: [],
    verdicts: [
      atMost(0.3, 'handshakes by account, of those by chance', byAccount.handshakes / byChance.handshakes, 'x'),
      atMost(0.3, 'memory for the calls by account, of that by chance', byAccount.mib / byChance.mib, 'x'),
    ],
    notes: [
      `affinity: ${identities} identities in ${accounts} accounts, each called ${callsOfEach} times`,
      described('by account', byAccount),
      described('by chance', byChance),
    ],
  }
}

async function costOf(
  { steps }: BenchContext,
  options: SubjectOptions,
  callers: readonly CallingAccount[],
  startForwarder: GatewayServices['startForwarder'],
  way: Way,
): Promise<Cost> {
  await using opened = new AsyncDisposableStack()
  steps.next(`${way}: start ${forwarders} forwarders`)
  const running: RunningService[] = []
  for (let count = 0; count < forwarders; count++) {
    const own = join(options.directory, `${way}-${count}`)
    await mkdir(own)
    running.push(opened.adopt(await startForwarder(own), (forwarder) => forwarder.stop()))
  }
  const port = await freePort()
  opened.adopt(
    await startNginx({
      directory: join(options.directory, way.replace(' ', '-')),
      core: cores.load,
      port,
      workers: 1,
      http: edge(running, way, port),
    }),
    (server) => server.stop(),
  )
  await setTimeout(startedMs)
  for (const { url } of running) await callFrom(url, { ...smallCall, identities: 1 }, warmUpCalls)
  const before = await usageOf(running)
  for (let round = 1; round <= callsOfEach; round++) {
    steps.next(`${way}: call each identity, ${round} of ${callsOfEach}`)
    await callFrom(`http://127.0.0.1:${port}`, { ...smallCall, identities: options.identities }, options.identities)
  }
  const after = await usageOf(running)
  return { handshakes: after.handshakes - before.handshakes, mib: after.mib - before.mib }

  function callFrom(url: string, call: typeof smallCall, count: number): Promise<void> {
    const requests = () => signedRequests(url, options, callers, { ...call, closes: true }, count)
    return callOnce(
      { name: 'mtls-gateway', url, pid: process.pid, repeatable: false, requests, stop: async () => {} },
      call,
    )
  }
}

/** What all of them have done and take, since each has started. */
async function usageOf(running: readonly RunningService[]): Promise<Cost> {
  const metrics = await Promise.all(running.map(({ managementUrl }) => serviceMetrics(managementUrl)))
  const opened = metrics.map((value) => value('target_connections_total{outcome="opened"}'))
  const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0)
  return { handshakes: sum(opened), mib: sum(running.map(({ pid }) => processUsage(pid).rssMiB)) }
}

/** As infra/nginx has it, but for what has nothing to do with the choice. */
function edge(running: readonly RunningService[], way: Way, port: number): string {
  const servers = running.map(({ url }) => `server ${new URL(url).host};`).join(' ')
  return `
  map $uri $account { "~*^/mtls/account/(?<name>[^/]+)" $name; }
  upstream forwarders { ${ways[way]} ${servers} }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://forwarders;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_next_upstream off;
    }
  }`
}

import { join } from 'node:path'
import type { Result } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import { startBenchTarget } from '../target/bench-target.ts'
import type { Scenario } from './bench-context.ts'
import { compareStarts } from './compare.ts'

const most = 10_000

/** Small answers with one client certificate, with 100 and with 10,000, called in turn, each over own connections. */
export const identities: Scenario = async (context) => {
  await using opened = new AsyncDisposableStack()
  const target = opened.adopt(
    await startBenchTarget({ directory: join(context.directory, 'for-many'), manyConnections: true }),
    (server) => server.stop(),
  )
  const peers = context.peers.filter((name) => name === 'nginx' || name === 'bare undici')
  const options = { ...context, target, identities: most, peers }
  const results = await compareStarts(
    context,
    options,
    [1, 100, most].map((identities) => () => ({
      name: `${identities} identities`,
      load: { call: { ...smallCall, identities }, connections: 64 },
      connectsAll: true,
    })),
  )
  const names = [...new Set(results.map(({ subject }) => subject))]
  const growth = names.map((name) => {
    const [first, last] = [one(results, name, 1), one(results, name, most)]
    const kibEach = ((last.rssMiB - first.rssMiB) * 1_024) / (most - 1)
    return { name, kibEach, cpuUs: last.cpuUsPerRequest - first.cpuUsPerRequest }
  })
  const ours = growth.find(({ name }) => name === 'mtls-gateway')
  return {
    results,
    verdicts: ours ? [atMost(40, `CPU a request, more with ${most} identities than with 1`, ours.cpuUs, 'us')] : [],
    notes: growth.map(({ name, kibEach }) => `${name}: ${kibEach.toFixed(0)} KiB RSS an identity`),
  }
}

function one(results: readonly Result[], name: string, identities: number): Result {
  const found = results.find(({ subject, scenario }) => subject === name && scenario === `${identities} identities`)
  if (found === undefined) throw new Error(`${name} was not measured`)
  return found
}

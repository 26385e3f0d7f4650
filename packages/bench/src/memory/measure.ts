import { setTimeout } from 'node:timers/promises'
import type { MemoryArguments } from './arguments.ts'
import { type FilledGateway, identitiesAnAccount } from './filled-gateway.ts'
import { IdentityLoad, type Latencies } from './identity-load.ts'
import { IdleCallers } from './idle-callers.ts'
import { makeMemoryCgroup } from './memory-cgroup.ts'
import { type Sample, sampleOf } from './sample.ts'

export interface Measured {
  readonly seconds: number
  /** By the kernel. */
  readonly kills: number
  /** Whether the forwarder had ended before the load did, killed or by itself. */
  readonly hasEnded: boolean
  /** What it printed last, if it has. */
  readonly lastWords: readonly string[]
  /** Identities. */
  readonly called: number
  /** The most of each. */
  readonly peak: Sample
  readonly callers: number
  /** Calls that were not made, because 100 were under way. */
  readonly skipped: number
  readonly latencies: { readonly busiest: Latencies; readonly others: Latencies }
  /** By what was answered. */
  readonly failures: Readonly<Record<string, number>>
}

const mebibyte = 1024 * 1024

/** Starts a forwarder in a cgroup and calls it, until the time is over, it has ended, or the signal comes. */
export async function measureMemory(
  gateway: FilledGateway,
  size: MemoryArguments,
  signal: AbortSignal,
  onSecond: (second: number, seconds: number, load: IdentityLoad, sample: Sample | undefined) => void,
): Promise<Measured> {
  await using opened = new AsyncDisposableStack()
  const cgroup = opened.adopt(makeMemoryCgroup(size.mib * mebibyte), (made) => made.remove())
  const forwarder = await gateway.startForwarder(size.checkout, cgroup.launcher)
  opened.defer(() => forwarder.kill())
  const load = new IdentityLoad({
    ...size,
    url: forwarder.url,
    targetUrl: gateway.target.url,
    accounts: gateway.accounts,
    identitiesAnAccount,
  })
  const callers = opened.adopt(new IdleCallers(forwarder.url, size.callers), (all) => all.close())
  const end = new AbortController()
  const running = load.run(end.signal)
  const samples: Sample[] = []
  const seconds = Math.ceil(size.minutes * 60)
  const began = performance.now()
  let second = 0
  while (second < seconds && isAlive(forwarder.pid) && !signal.aborted) {
    await setTimeout(1_000)
    const sample = await sampleOf(forwarder, cgroup.use())
    if (sample !== undefined) samples.push(sample)
    second = Math.floor((performance.now() - began) / 1_000)
    onSecond(second, seconds, load, sample)
  }
  const hasEnded = !isAlive(forwarder.pid)
  const held = callers.count
  end.abort()
  await running
  return {
    seconds: second,
    kills: cgroup.kills(),
    hasEnded,
    lastWords: hasEnded ? forwarder.output.trimEnd().split('\n').slice(-5) : [],
    called: load.called,
    peak: peakOf(samples),
    callers: held,
    skipped: load.skipped,
    latencies: load.latencies,
    failures: Object.fromEntries(load.failures),
  }
}

function peakOf(samples: readonly Sample[]): Sample {
  const most = (of: (sample: Sample) => number) => Math.max(0, ...samples.map(of))
  return {
    anonymous: most(({ anonymous }) => anonymous),
    all: most(({ all }) => all),
    heap: most(({ heap }) => heap),
    identities: most(({ identities }) => identities),
    evicted: most(({ evicted }) => evicted),
    connections: most(({ connections }) => connections),
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

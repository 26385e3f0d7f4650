import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { ProgressBar, table } from '@mtls-gateway/terminal'
import type { ServiceProcess } from '@mtls-gateway/test-kit'
import { type MemoryArguments, memoryArguments, usage } from './memory/arguments.ts'
import { type FilledGateway, identitiesAnAccount, withFilledGateway } from './memory/filled-gateway.ts'
import { IdentityLoad } from './memory/identity-load.ts'
import { makeMemoryCgroup } from './memory/memory-cgroup.ts'

const mebibyte = 1024 * 1024
const pauseMs = 1_000

async function measure(gateway: FilledGateway, size: MemoryArguments, bar: ProgressBar) {
  await using opened = new AsyncDisposableStack()
  const cgroup = opened.adopt(makeMemoryCgroup(size.mib * mebibyte), (made) => made.remove())
  const forwarder = await gateway.startForwarder(size.checkout, cgroup.launcher)
  opened.defer(() => forwarder.kill())
  const load = new IdentityLoad({
    url: forwarder.url,
    targetUrl: gateway.target.url,
    accounts: gateway.accounts,
    identities: size.identities,
    identitiesAnAccount,
    busiest: size.busiest,
    perSecond: size.perSecond,
  })
  const end = new AbortController()
  const running = load.run(end.signal)
  const callers = keepCallers(forwarder.url, size.callers)
  opened.defer(() => callers.close())
  const samples: Sample[] = []
  const seconds = Math.ceil(size.minutes * 60)
  const stop = () => end.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  for (let second = 1; second <= seconds && isAlive(forwarder.pid) && !end.signal.aborted; second++) {
    await setTimeout(pauseMs)
    const sample = await look(forwarder, cgroup.use())
    if (sample !== undefined) samples.push(sample)
    bar.show(second, seconds, `${load.called} identities called, ${mib(sample?.all ?? 0)} MiB`)
    if (second % 15 === 0 && sample)
      console.error(
        `${second} s:`,
        line(sample),
        load.called,
        JSON.stringify(load.latencies),
        Object.fromEntries(load.failures),
      )
  }
  const died = !isAlive(forwarder.pid)
  end.abort()
  await running
  const most = (of: (sample: Sample) => number) => Math.max(0, ...samples.map(of))
  return {
    seconds: samples.length,
    kills: cgroup.kills(),
    died,
    called: load.called,
    peak: {
      anonymousMiB: mib(most(({ anonymous }) => anonymous)),
      allMiB: mib(most(({ all }) => all)),
      heapMiB: mib(most(({ heap }) => heap)),
      identities: most(({ identities }) => identities),
      connections: most(({ connections }) => connections),
    },
    callers: callers.count,
    latencies: load.latencies,
    failures: Object.fromEntries(load.failures),
    output: died
      ? forwarder.output.split('\n').slice(-5)
      : forwarder.output.split('\n').filter((each) => each.includes('"memory-budget"')),
  }
}

type Measured = Awaited<ReturnType<typeof measure>>

interface Sample {
  readonly anonymous: number
  readonly all: number
  readonly heap: number
  readonly identities: number
  readonly connections: number
  readonly rss: number
}

const line = ({ anonymous, all, heap, rss, identities, connections }: Sample) =>
  `anon ${mib(anonymous)} all ${mib(all)} heap ${mib(heap)} rss ${mib(rss)} MiB, ${identities} identities, ${connections} connections`

async function look(forwarder: ServiceProcess, use: { anonymous: number; all: number }): Promise<Sample | undefined> {
  try {
    const text = await (await fetch(`${forwarder.managementUrl}/metrics`)).text()
    const lines = text.split('\n')
    const value = (name: string) => Number(lines.find((each) => each.startsWith(`${name} `))?.slice(name.length) ?? 0)
    return {
      ...use,
      heap: value('nodejs_heap_size_used_bytes'),
      rss: value('process_resident_memory_bytes'),
      identities: value('target_callers'),
      connections: value('bulkhead_in_use{pool="target-connections"}'),
    }
  } catch {
    return undefined
  }
}

/** Connections that send one request without credentials and stay, from as many addresses as may have them. */
function keepCallers(url: string, count: number) {
  const { port } = new URL(url)
  const sockets = new Set<Socket>()
  const open = () => {
    if (sockets.size >= count) return
    const socket = connect({
      host: '127.0.0.1',
      port: Number(port),
      localAddress: `127.0.2.${1 + (sockets.size % 200)}`,
    })
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.resume()
  }
  const timer = setInterval(open, 5)
  return {
    get count() {
      return sockets.size
    },
    close: async () => {
      clearInterval(timer)
      await Promise.all([...sockets].map((socket) => once(socket.destroy(), 'close')))
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const mib = (bytes: number) => Math.round(bytes / mebibyte)

function text(size: MemoryArguments, measured: Measured): string {
  const { peak, latencies, failures } = measured
  const ms = ({ calls, p50, p99 }: Measured['latencies']['busiest']) =>
    `${calls} calls, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  return table(
    [`${size.mib} MiB, ${measured.seconds} s, ${size.perSecond} calls a second`, ''],
    [
      ['identities called', String(measured.called)],
      ['killed by the kernel', String(measured.kills)],
      ['ended by itself', measured.died && measured.kills === 0 ? 'yes' : 'no'],
      ['most memory of its own', `${peak.anonymousMiB} MiB`],
      ['with files and sockets', `${peak.allMiB} MiB`],
      ['most heap in use', `${peak.heapMiB} MiB`],
      ['most identities held', String(peak.identities)],
      ['most connections to the target', String(peak.connections)],
      [`calls with the ${size.busiest} busiest`, ms(latencies.busiest)],
      ['calls with the next one of all', ms(latencies.others)],
      ['failed calls', JSON.stringify(failures)],
    ],
  )
}

const bar = new ProgressBar(process.stderr)
try {
  const size = memoryArguments(process.argv.slice(2))
  if (size.help) console.log(usage)
  else {
    const fill = (filled: number) => bar.show(filled, size.identities, `${filled} identities filled in`)
    const measured = await withFilledGateway(size.identities, fill, (gateway) => measure(gateway, size, bar))
    bar.clear()
    console.log(size.json ? JSON.stringify({ ...size, ...measured }) : text(size, measured))
    if (measured.output) console.error(measured.output.join('\n'))
    if (measured.died || measured.kills > 0) process.exitCode = 1
  }
} catch (error) {
  bar.clear()
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

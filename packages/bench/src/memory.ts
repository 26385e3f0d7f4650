import { ProgressBar, table } from '@mtls-gateway/terminal'
import { requireBuilt } from './gateway/gateway-services.ts'
import { type MemoryArguments, memoryArguments, usage } from './memory/arguments.ts'
import { withFilledGateway } from './memory/filled-gateway.ts'
import type { Latencies } from './memory/identity-load.ts'
import { type Measured, measureMemory } from './memory/measure.ts'

/** The share of all calls that may fail: a target's connection that closes just then. */
const mostFailed = 0.01

async function measure(size: MemoryArguments, bar: ProgressBar): Promise<Measured> {
  requireBuilt(size.checkout)
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
  const fill = (filled: number) => bar.show(filled, size.identities, `${filled} identities filled in`)
  return await withFilledGateway(size.identities, stopped.signal, fill, (gateway) =>
    measureMemory(gateway, size, stopped.signal, (second, seconds, { called }, sample) =>
      bar.show(second, seconds, `${called} identities called, ${mib(sample?.all ?? 0)}`),
    ),
  )
}

function failedOf({ failures }: Measured): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0)
}

function isGood(measured: Measured): boolean {
  const { busiest, others } = measured.latencies
  return !measured.hasEnded && failedOf(measured) <= mostFailed * (busiest.calls + others.calls)
}

const mib = (bytes: number) => `${Math.round(bytes / 1_048_576)} MiB`
const latencies = ({ calls, p50, p99 }: Latencies) =>
  `${calls} calls, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`

function text(size: MemoryArguments, measured: Measured): string {
  const { peak, seconds, kills, hasEnded, called, callers, skipped, latencies: all, failures, lastWords } = measured
  return table(
    [`${size.mib} MiB, ${seconds} s, ${size.perSecond} calls a second`, ''],
    [
      ['killed by the kernel', String(kills)],
      ['ended by itself', hasEnded && kills === 0 ? 'yes' : 'no'],
      ['most memory of its own', mib(peak.anonymous)],
      ['most memory, with files and sockets', mib(peak.all)],
      ['most heap in use', mib(peak.heap)],
      ['identities called', String(called)],
      ['most identities held', String(peak.identities)],
      ['identities that gave way to others', String(peak.evicted)],
      ['most connections to the target', String(peak.connections)],
      ['connections that callers kept', String(callers)],
      [`calls with the ${size.busiest} busiest`, latencies(all.busiest)],
      ['calls with the next one of all', latencies(all.others)],
      ['calls not made, as 100 were under way', String(skipped)],
      ['failed calls', `${failedOf(measured)} ${failedOf(measured) > 0 ? JSON.stringify(failures) : ''}`],
      ...lastWords.map((words) => ['its last words', words]),
    ],
  )
}

const bar = new ProgressBar(process.stderr, { writesLines: true })
try {
  const size = memoryArguments(process.argv.slice(2))
  if (size.help) console.log(usage)
  else {
    const measured = await measure(size, bar)
    bar.clear()
    console.log(size.json ? JSON.stringify({ ...size, ...measured }) : text(size, measured))
    if (!isGood(measured)) process.exitCode = 1
  }
} catch (error) {
  bar.clear()
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

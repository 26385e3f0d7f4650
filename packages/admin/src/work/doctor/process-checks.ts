import { readFileSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { type DoctorFacts, type Finding, fail, ok, warn } from './finding.ts'

const oldestNode = 24
/** Fewer leave a busy forwarder about 2,000 callers' connections. */
const fewDescriptors = 4_096
/** A service with a few accounts uses 150 MiB. */
const littleMemory = 256 * 1_048_576
const littleSpace = 0.1

export function nodeVersion(): readonly Finding[] {
  const { node } = process.versions
  const check = 'Node.js'
  if (Number(node.split('.')[0]) >= oldestNode) return [ok(check, node)]
  return [fail(check, node, `Run it on Node.js ${oldestNode} or newer.`)]
}

/** As a service counts them: Node raises the soft limit to the hard one at its start. */
export function descriptors({ configuration: { maxConnections } }: DoctorFacts): readonly Finding[] {
  const check = 'file descriptors'
  const all = descriptorLimit()
  if (all === undefined) return []
  const most = Math.floor((all * 7) / 8)
  if (maxConnections !== undefined && maxConnections > most) {
    const found = `${all}, but MAX_CONNECTIONS=${maxConnections}`
    return [
      fail(check, found, `Raise the limit (ulimit -n), or set MAX_CONNECTIONS to ${Math.floor(all / 2)} at most.`),
    ]
  }
  const found = `${all}, ${maxConnections ?? Math.floor(all / 2)} of them for callers`
  if (all >= fewDescriptors) return [ok(check, found)]
  return [warn(check, found, 'Raise the limit: ulimit -n 65536, LimitNOFILE= of systemd, ulimits of Docker.')]
}

function descriptorLimit(): number | undefined {
  try {
    const [, , hard] = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return hard === undefined ? undefined : Number(hard)
  } catch {
    return undefined // Not on Linux.
  }
}

export function memory(): readonly Finding[] {
  const check = 'memory'
  // 0 or more than there is: no limit.
  const limit = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())
  const heap = getHeapStatistics().heap_size_limit
  const found = `${mebibytes(limit)} MiB, of which the heap may take ${mebibytes(heap)} MiB`
  if (heap > limit) {
    const size = Math.floor((mebibytes(limit) * 3) / 4)
    return [
      warn(
        check,
        found,
        `A service would be killed before its heap is full: NODE_OPTIONS=--max-old-space-size=${size}.`,
      ),
    ]
  }
  if (limit < littleMemory) return [warn(check, found, 'Give each service 256 MiB or more.')]
  return [ok(check, found)]
}

export function diskSpace({ configuration: { dataDir, secretStore } }: DoctorFacts): readonly Finding[] {
  if (secretStore !== 'embedded') return []
  const check = 'disk of DATA_DIR'
  try {
    const { bavail, blocks, bsize } = statfsSync(dataDir)
    const found = `${mebibytes(bavail * bsize)} of ${mebibytes(blocks * bsize)} MiB free`
    if (bavail > blocks * littleSpace) return [ok(check, found)]
    return [warn(check, found, 'Free space: a full disk refuses every change with STORE_NOT_WRITABLE.')]
  } catch {
    return [] // There is no store yet, which another check says.
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1_048_576)
}

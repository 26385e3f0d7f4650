import { readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:http'
import { isCodedError } from '@mtls-gateway/domain'
import {
  type CommonConfiguration,
  type CommonSettings,
  limitedHeap,
  listen,
  type MemoryBudget,
  type MemoryLimit,
  mebibyte,
  memoryLimit,
  type ServiceName,
  testedNode,
} from '@mtls-gateway/service-kit'
import { type Check, type DoctorFacts, type Finding, fail, ok, warn } from '../../finding.ts'

/** Fewer leave a busy forwarder about 2,000 callers' connections. */
const fewDescriptors = 4_096
/** A service with a few accounts uses 150 MiB. */
const littleMemory = 256 * mebibyte
const littleSpace = 0.1

export function nodeVersion(): readonly Finding[] {
  const { node } = process.versions
  const check = 'Node.js'
  if (Number.parseInt(node, 10) === testedNode) return [ok(check, node)]
  return [fail(check, node, `Use the image, or the Node.js ${testedNode} that the checkout installs.`)]
}

/** As a service counts them: Node raises the soft limit to the hard one at its start. */
export function descriptors({
  configuration: { maxConnections },
}: DoctorFacts<Partial<Pick<CommonConfiguration, 'maxConnections'>>>): readonly Finding[] {
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

/**
 * As the service sees to it at its start, with the heap that it gives itself there.
 * @param divide how it divides its memory, if it does
 */
export function memory<Settings>(
  service: ServiceName,
  divide?: (limit: MemoryLimit, heap: number, settings: Settings) => { readonly budget: MemoryBudget },
): Check<Settings & Pick<CommonConfiguration, 'memoryLimitMiB'>> {
  const check = 'memory'
  return ({ environment, configuration }) => {
    try {
      const limit = memoryLimit(configuration.memoryLimitMiB)
      const heap = limitedHeap(service, environment)
      divide?.(limit, heap, configuration)
      const found = `${mebibytes(limit.bytes)} MiB (${limit.from}), of which the heap may take ${mebibytes(heap)} MiB`
      if (heap > limit.bytes)
        return [warn(check, found, 'Lower --max-old-space-size in NODE_OPTIONS, or leave it out.')]
      if (limit.bytes < littleMemory) return [warn(check, found, 'Give each service 256 MiB or more.')]
      return [ok(check, found)]
    } catch (error) {
      if (!isCodedError(error)) throw error
      return [fail(check, error.message, 'Change MEMORY_LIMIT_MIB, or the limit of the container: it does not start.')]
    }
  }
}

type Addresses = 'host' | 'managementHost'

/** Whether this host has the addresses. Ports are not tried: the service may be running. */
export function addresses(
  settings: Pick<CommonSettings, Addresses | 'port' | 'managementPort'>,
): Check<Pick<CommonConfiguration, Addresses>> {
  const pairs = [
    ['host', settings.host, settings.port],
    ['managementHost', settings.managementHost, settings.managementPort],
  ] as const
  return async ({ configuration }) => {
    const findings = pairs.map(async ([name, address, port]) => {
      const { variable, example } = address
      const [server, host] = [createServer(), configuration[name]]
      try {
        await listen(server, { host, port: 0 }, { host: address, port })
        return ok(variable, host)
      } catch (error) {
        if (!isCodedError(error)) throw error
        return fail(variable, `${host} is no address of this host`, `For example ${variable}=${example}`)
      } finally {
        server.close()
      }
    })
    return Promise.all(findings)
  }
}

export function diskSpace({
  configuration: { dataDir, secretStore },
}: DoctorFacts<Pick<CommonConfiguration, 'dataDir' | 'secretStore'>>): readonly Finding[] {
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
  return Math.round(bytes / mebibyte)
}

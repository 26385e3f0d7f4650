import { totalmem } from 'node:os'
import { CodedError } from '@mtls-gateway/domain'

/** What this process may take of memory before something kills it. */
export interface MemoryLimit {
  readonly bytes: number
  readonly from: 'MEMORY_LIMIT_MIB' | 'container' | 'machine'
}

export const mebibyte = 1024 * 1024

/**
 * The operator's, else that of the container (cgroup 1 or 2), else the machine's memory.
 * @throws CodedError `CONFIGURATION_INVALID`: more than there is
 */
export function memoryLimit(settingMiB?: number): MemoryLimit {
  const found = foundLimit()
  if (settingMiB === undefined) return found
  const bytes = settingMiB * mebibyte
  if (bytes <= found.bytes) return { bytes, from: 'MEMORY_LIMIT_MIB' }
  const there = Math.floor(found.bytes / mebibyte)
  throw new CodedError(
    'CONFIGURATION_INVALID',
    `MEMORY_LIMIT_MIB is ${settingMiB}, but the ${found.from} has ${there} MiB. Set at most that, or leave it out: the limit is then that of the ${found.from}.`,
  )
}

function foundLimit(): MemoryLimit {
  const machine = totalmem()
  // Without a limit this is 0, or larger than any machine, depending on the platform.
  const constrained = process.constrainedMemory()
  return constrained > 0 && constrained < machine
    ? { bytes: constrained, from: 'container' }
    : { bytes: machine, from: 'machine' }
}

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** What the kernel says of a cgroup, in bytes. */
export interface MemoryUse {
  /** What can't be given back without a swap: the process's own memory. */
  readonly anonymous: number
  /** With the pages of files, which are dropped where there is no room, and what the kernel keeps for its sockets. */
  readonly all: number
}

export interface MemoryCgroup {
  /** Started by these, a command and all below it is in the cgroup from its first instruction. */
  readonly launcher: readonly string[]
  use(): MemoryUse
  /** Processes that the kernel has killed in it. */
  kills(): number
  remove(): Promise<void>
}

const enter = (procs: string): readonly string[] => ['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', procs]

/** By version 2 or 1 of cgroups, whichever has the memory here. @throws Error where this user may not make one */
export function makeMemoryCgroup(limitBytes: number): MemoryCgroup {
  const name = `mtls-gateway-memory-${process.pid}`
  try {
    return existsSync('/sys/fs/cgroup/memory') ? versionOne(name, limitBytes) : versionTwo(name, limitBytes)
  } catch (cause) {
    throw new Error('no cgroup could be made: this takes root, or a cgroup that was delegated to this user', { cause })
  }
}

function versionOne(name: string, limitBytes: number): MemoryCgroup {
  const path = join('/sys/fs/cgroup/memory', name)
  mkdirSync(path)
  writeFileSync(join(path, 'memory.limit_in_bytes'), String(limitBytes))
  const read = (file: string) => readFileSync(join(path, file), 'utf8')
  return {
    launcher: enter(join(path, 'cgroup.procs')),
    use: () => ({
      anonymous: numberAt('total_rss', read('memory.stat')),
      all: Number(read('memory.usage_in_bytes')),
    }),
    kills: () => numberAt('oom_kill', read('memory.oom_control')),
    remove: () => removeEmpty(path),
  }
}

function versionTwo(name: string, limitBytes: number): MemoryCgroup {
  const path = join('/sys/fs/cgroup', name)
  mkdirSync(path)
  writeFileSync(join(path, 'memory.max'), String(limitBytes))
  writeFileSync(join(path, 'memory.swap.max'), '0')
  const read = (file: string) => readFileSync(join(path, file), 'utf8')
  return {
    launcher: enter(join(path, 'cgroup.procs')),
    use: () => ({ anonymous: numberAt('anon', read('memory.stat')), all: Number(read('memory.current')) }),
    kills: () => numberAt('oom_kill', read('memory.events')),
    remove: () => removeEmpty(path),
  }
}

function numberAt(key: string, text: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${key} `))
  return line === undefined ? 0 : Number(line.slice(key.length + 1))
}

/** The last process leaves it a moment after it was waited for. */
async function removeEmpty(path: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      rmdirSync(path)
      return
    } catch {
      await setTimeout(100)
    }
  }
  rmdirSync(path)
}

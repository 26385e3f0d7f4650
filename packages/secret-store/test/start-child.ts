import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of its own that runs a script of `children/` by Node's type stripping. It begins when it is told `go`. */
export async function startChild(script: string, ...args: readonly string[]): Promise<ChildProcess> {
  return ready(fork(pathOf(script), args, { execArgv: [] }))
}

/**
 * The same where no file can grow beyond 512 KiB (`ulimit -f` counts 512 bytes): writing further is an I/O error. The
 * limit can be lifted.
 */
export async function startChildOnSmallDisk(script: string, ...args: readonly string[]): Promise<ChildProcess> {
  const limited = ['-c', 'ulimit -S -f 1024 && exec "$0" "$@"', process.execPath]
  return ready(fork(pathOf(script), args, { execPath: '/bin/sh', execArgv: limited }))
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(`children/${script}.ts`, import.meta.url))
}

async function ready(child: ChildProcess): Promise<ChildProcess> {
  await once(child, 'message')
  return child
}

/** Starts as many at the same moment as it can, and gives what each of them said at its end. */
export async function race(count: number, script: string, ...args: readonly string[]): Promise<unknown[]> {
  const children = await Promise.all(Array.from({ length: count }, () => startChild(script, ...args)))
  const said = children.map(async (child) => {
    const [message]: unknown[] = await once(child, 'message')
    await once(child, 'exit')
    return message
  })
  for (const child of children) child.send('go')
  return Promise.all(said)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type Cores, pinned, whenIdleOnly } from './cores.ts'

export interface ServerOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly core: Cores
  /** The port on 127.0.0.1 where it is going to listen. */
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
  /** `true`: it runs only while nothing else wants its cores. */
  readonly whenIdle?: boolean | undefined
}

export interface ServerProcess {
  readonly pid: number
  /** By SIGTERM; what has not ended after 5 s is killed. */
  stop(): Promise<void>
}

/** It hangs if it takes longer: what is started beside it may have all processors for a while. */
const startTimeoutMs = 120_000
const stopTimeoutMs = 5_000

/**
 * Runs a server on its cores. Resolves when it accepts connections.
 * @throws Error with its output, if it exits instead
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { command, args, core, port, env = {}, whenIdle = false } = options
  const [program, ...rest] = whenIdle ? whenIdleOnly(command, args) : [command, ...args]
  const child = spawn(...pinned(core, program, rest), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4_096)
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    const kill = new AbortController()
    setTimeout(stopTimeoutMs, undefined, { signal: kill.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    )
    await ended
    kill.abort()
  }
  const deadline = performance.now() + startTimeoutMs
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      if (child.exitCode === null) await stop()
      throw new Error(`${command} did not start: ${complaints}`)
    }
    await setTimeout(50)
  }
  // The operating system has given one: the process has taken a connection.
  return { pid: child.pid as number, stop }
}

function takesConnections(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: '127.0.0.1', port })
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { compileCache } from './compile-cache.ts'

export interface ServiceOptions {
  /** Absolute path of the script to run. */
  readonly entry: string
  /** All that the process gets: of the caller's own environment only the place of the compile cache is passed on. */
  readonly env: Readonly<Record<string, string>>
  /** File descriptors that it may have; as many as this process unless given. */
  readonly maxDescriptors?: number
  /** A command that ends by running its last arguments in its own place, such as one that enters a cgroup. */
  readonly launcher?: readonly string[]
  /** 60,000 unless given. */
  readonly readyTimeoutMs?: number
}

export interface ServiceProcess {
  readonly url: string
  readonly managementUrl: string
  readonly pid: number
  /** Everything written to stdout and stderr so far; complete once `stop` or `kill` has resolved. */
  readonly output: string
  /** Sends SIGTERM and waits. The exit code, or `null` if a signal ended the process. */
  stop(): Promise<number | null>
  /** Sends SIGKILL and waits, as when the machine takes the process away. */
  kill(): Promise<void>
}

type Child = ChildProcessByStdio<null, Readable, Readable>

interface Listening {
  readonly url: string
  readonly managementUrl: string
}

/** A run that is interrupted ends before it has stopped what it started. */
const running = new Set<Child>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Runs a service as a real process and waits for its log line `{"event":"listening","url":...,"managementUrl":...}`.
 * Rejects with the collected output if it ends first or takes too long; the process is then gone.
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const [command, ...args] = commandOf(options)
  const child = spawn(command, args, { env: { ...compileCache(), ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('close', () => running.delete(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // `close`, not `exit`: only then has the last of the output arrived.
  const ended = once(child, 'close').then(([code]: unknown[]) => code as number | null)
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  try {
    const listening = await Promise.race([
      listeningLine(child, options.readyTimeoutMs ?? 60_000),
      ended.then((code) => Promise.reject(new Error(`it ended before it listened, with exit code ${code}`))),
    ])
    return {
      ...listening,
      // The operating system has given one: the process has written to its stdout.
      pid: child.pid as number,
      get output() {
        return output
      },
      stop: () => end('SIGTERM'),
      kill: async () => void (await end('SIGKILL')),
    }
  } catch (cause) {
    await end('SIGKILL')
    throw new Error(`${options.entry} did not start: ${(cause as Error).message}\n${output}`, { cause })
  }
}

function commandOf({ entry, maxDescriptors, launcher }: ServiceOptions): readonly [string, ...string[]] {
  const [first, ...others] = launcher ?? []
  if (first !== undefined) return [first, ...others, process.execPath, entry]
  if (maxDescriptors === undefined) return [process.execPath, entry]
  return ['/bin/sh', '-c', `ulimit -n ${maxDescriptors} && exec "$@"`, 'sh', process.execPath, entry]
}

async function listeningLine(child: Child, timeoutMs: number): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>()
  const timer = setTimeout(() => reject(new Error(`no word that it listens within ${timeoutMs} ms`)), timeoutMs)
  const lines = createInterface(child.stdout).on('line', (line) => {
    const listening = parseListening(line)
    if (listening !== null) resolve(listening)
  })
  child.once('close', () => clearTimeout(timer))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    lines.removeAllListeners('line')
  }
}

function parseListening(line: string): Listening | null {
  // Only that line is parsed: what a crash prints may begin with a brace and be no JSON.
  if (!line.includes('"event":"listening"')) return null
  const { event, url, managementUrl } = JSON.parse(line)
  return event === 'listening' ? { url, managementUrl } : null
}

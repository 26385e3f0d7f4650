import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { freePort, freePortPair } from './free-port.ts'
import { pauseProcess } from './pause-process.ts'

export interface RedisServerOptions {
  /** redis-server's arguments instead of `['--save', '']`, with which nothing is persisted. */
  readonly args?: readonly string[]
  /** A free one unless given. */
  readonly port?: number
}

export interface RedisServer {
  /** `redis://127.0.0.1:port`; user and password are the caller's to add. */
  readonly url: string
  readonly port: number
  /** Runs redis-cli; what it prints. Rejects with it if Redis answered with an error. */
  command(...args: string[]): Promise<string>
  /** SIGTERM; the working directory is removed. Does nothing if it was stopped before. */
  stop(): Promise<void>
  /** SIGKILL. What was persisted is there after a `restart`. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
  /** A new process on the same port and directory; one that still runs is killed. */
  restart(): Promise<void>
  /** FLUSHALL */
  flush(): Promise<void>
}

/** A node of a cluster talks to the others on a port so far above its own, unless that is set, which Redis 7 can. */
const busAbove = 10_000

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Runs a redis-server of one's own in a temporary directory. Rejects with what it printed if it does not start. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await (isNode(options) ? freePortPair(busAbove) : freePort()))
  const directory = await mkdtemp(join(tmpdir(), 'redis-'))
  // The caller's come first, because a configuration file (of a sentinel) has to.
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory]
  const args = [...(options.args ?? ['--save', '']), ...own]
  const removeDirectory = () => rm(directory, { recursive: true, force: true })
  let child = await startProcess(args).catch(async (error: unknown) => {
    await removeDirectory()
    throw error
  })

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    // A paused process takes no SIGTERM before it goes on.
    child.kill('SIGCONT')
    await ended
  }
  const command = (...words: string[]) => redisCli(port, words)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command,
    stop: async () => {
      await end('SIGTERM')
      await removeDirectory()
    },
    kill: () => end('SIGKILL'),
    pause: () => pauseProcess(child),
    resume: () => void child.kill('SIGCONT'),
    restart: async () => {
      await end('SIGKILL')
      child = await startProcess(args)
    },
    flush: async () => void (await command('FLUSHALL')),
  }
}

function isNode({ args = [] }: RedisServerOptions): boolean {
  return args.includes('--cluster-enabled')
}

async function startProcess(args: readonly string[]): Promise<Child> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => {
    if (/ready to accept connections|Sentinel ID is/i.test(line)) resolve()
  })
  child.once('error', reject)
  child.once('close', () => reject(new Error(`redis-server ended before it was ready:\n${output}`)))
  await ready
  return child
}

async function redisCli(port: number, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-e', '-p', String(port), ...words])
  return stdout.trim()
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { createCa } from './certificate-authority.ts'
import { freePort } from './free-port.ts'
import { pauseProcess } from './pause-process.ts'
import { fetchedBy } from './vault-program.ts'

export interface PebbleOptions {
  /** The port on which it asks for answers to http-01 challenges. */
  readonly httpPort?: number
  /** `127.0.0.1:port`, where it looks up names; the system's unless given. */
  readonly nameServer?: string
  /** Key ids and HMAC keys in base64url. With them, accounts need an external account binding. */
  readonly externalAccounts?: Readonly<Record<string, string>>
  readonly refusedNames?: readonly string[]
  /** After how many seconds it says to ask again; it says nothing unless given. */
  readonly retryAfter?: { readonly authz: number; readonly order: number }
  /** More of Pebble's settings, such as `PEBBLE_VA_ALWAYS_VALID`. */
  readonly env?: Readonly<Record<string, string>>
}

export interface PebbleServer {
  readonly directoryUrl: string
  /** PEM of the CA that its own TLS comes from. */
  readonly serverCa: string
  /** PEM of the root that it signs with; another one after each start. */
  root(): Promise<string>
  /** SIGTERM. Does nothing if it was stopped before. */
  stop(): Promise<void>
  /** SIGSTOP: connections are taken, and nothing is answered. */
  pause(): void
  resume(): void
  /** A new process on the same port, which knows nothing of the one before. */
  restart(): Promise<void>
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const startsWithinMs = 60_000

/** Runs a Pebble, Let's Encrypt's ACME server for tests. It keeps everything in memory. */
export async function startPebble(options: PebbleOptions = {}): Promise<PebbleServer> {
  const command = fetchedBy('infra/pebble/build.mjs')
  if (command === undefined) throw new Error('there is no Pebble: run npm run pebble:build')
  const ca = await createCa({ name: "Pebble's own TLS" })
  const directory = await mkdtemp(join(tmpdir(), 'pebble-'))
  const [port, managementPort] = [await freePort(), await freePort()]
  const file = (name: string) => join(directory, name)
  const own = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  await writeFile(file('cert.pem'), own.certificate)
  await writeFile(file('key.pem'), own.privateKey)
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: file('cert.pem'),
    privateKey: file('key.pem'),
    httpPort: options.httpPort ?? 5002,
    tlsPort: 5001,
    externalAccountBindingRequired: options.externalAccounts !== undefined,
    externalAccountMACKeys: options.externalAccounts ?? {},
    domainBlocklist: options.refusedNames ?? [],
    keyAlgorithm: 'ecdsa',
    retryAfter: options.retryAfter,
  }
  await writeFile(file('config.json'), JSON.stringify({ pebble }))
  const nameServer = options.nameServer === undefined ? [] : ['-dnsserver', options.nameServer]
  const args = ['-config', file('config.json'), ...nameServer]
  // Else it waits up to 15 seconds before it asks.
  const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', ...options.env }
  const directoryUrl = `https://127.0.0.1:${port}/dir`
  const start = () => startProcess(command, args, env, () => isThere(directoryUrl, ca.certificate))

  let child = await start().catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true })
    throw error
  })
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    // A paused process takes no SIGTERM before it goes on.
    child.kill('SIGCONT')
    await ended
  }
  return {
    directoryUrl,
    serverCa: ca.certificate,
    root: () => ask(`https://127.0.0.1:${managementPort}/roots/0`, ca.certificate),
    stop: async () => {
      await end()
      await rm(directory, { recursive: true, force: true })
    },
    pause: () => pauseProcess(child),
    resume: () => void child.kill('SIGCONT'),
    restart: async () => {
      await end()
      child = await start()
    },
  }
}

async function startProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isReady: () => Promise<boolean>,
): Promise<Child> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output += piece
    })
  }
  // It says that it listens before it does.
  for (const deadline = Date.now() + startsWithinMs; !(await isReady()); ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`Pebble does not answer:\n${output}`)
    }
    await setTimeout(20)
  }
  return child
}

async function isThere(url: string, ca: string): Promise<boolean> {
  return ask(url, ca).then(
    () => true,
    () => false,
  )
}

async function ask(url: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get(url, { ca, agent: false }, (response) => resolve(text(response))).on('error', reject)
  return promise
}

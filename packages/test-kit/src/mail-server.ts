import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { pauseProcess } from './pause-process.ts'
import { fetchedBy } from './vault-program.ts'

export interface MailServerOptions {
  /** More of Mailpit's arguments. */
  readonly args?: readonly string[]
}

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** Head and body as they were sent. */
  readonly raw: string
}

export interface MailServer {
  /** Where it takes mail by SMTP. */
  readonly port: number
  /** What came so far, oldest first. */
  received(): Promise<readonly ReceivedMail[]>
  /** SIGSTOP: connections are taken, and nothing is answered. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** Mailpit, where `npm run mailpit:build` has built it. */
export function findMailServer(): string | undefined {
  return fetchedBy('infra/mailpit/build.mjs')
}

interface Listed {
  readonly messages: readonly { readonly ID: string }[]
}

interface Shown {
  readonly From: { readonly Address: string }
  readonly To: readonly { readonly Address: string }[]
  readonly Subject: string
  readonly Text: string
}

/** Runs a mail server of one's own, which keeps what it gets. Rejects with what it printed if it does not start. */
export async function startMailServer({ args = [] }: MailServerOptions = {}): Promise<MailServer> {
  const program = findMailServer()
  if (program === undefined) throw new Error('there is no mail server: run npm run mailpit:build')
  const [port, apiPort] = [await freePort(), await freePort()]
  const directory = await mkdtemp(join(tmpdir(), 'mailpit-'))
  const own = ['--smtp', `127.0.0.1:${port}`, '--listen', `127.0.0.1:${apiPort}`, '--database', join(directory, 'db')]
  const quiet = ['--disable-version-check', '--smtp-disable-rdns']
  const child = spawn(program, [...own, ...quiet, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    // A paused process takes no SIGTERM before it goes on.
    child.kill('SIGCONT')
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  const ask = async (path: string) => fetch(`http://127.0.0.1:${apiPort}${path}`)
  const json = async <T>(path: string) => (await (await ask(path)).json()) as T

  for (let attempt = 0; ; attempt++) {
    const isReady = await ask('/readyz').then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) break
    if (child.exitCode !== null || attempt === 300) {
      await stop()
      throw new Error(`mailpit did not start:\n${output}`)
    }
    await setTimeout(100)
  }
  return {
    port,
    received: async () => {
      const { messages } = await json<Listed>('/api/v1/messages?limit=500')
      return Promise.all(
        messages.toReversed().map(async ({ ID }) => {
          const { From, To, Subject, Text } = await json<Shown>(`/api/v1/message/${ID}`)
          const raw = await (await ask(`/api/v1/message/${ID}/raw`)).text()
          return { from: From.Address, to: To.map(({ Address }) => Address), subject: Subject, text: Text, raw }
        }),
      )
    },
    pause: () => pauseProcess(child),
    resume: () => void child.kill('SIGCONT'),
    stop,
  }
}

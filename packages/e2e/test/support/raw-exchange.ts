import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { lp } from './tenant.ts'
import type { AppKey } from './wire.ts'

/** What came back over a connection of its own. */
export interface RawExchange {
  readonly text: string
  /** How the other side ended it; `open` if it did not. */
  readonly ended: 'closed' | 'reset' | 'open'
}

/** Writes the bytes as they are and reads until `isDone` or the end of the connection. */
export async function rawExchange(
  url: string,
  bytes: string | Buffer | readonly (string | Buffer)[],
  isDone: (text: string) => boolean = () => false,
  localAddress?: string,
): Promise<RawExchange> {
  const connection = await openRaw(url, localAddress)
  for (const part of [bytes].flat()) connection.socket.write(part)
  return connection.until(isDone)
}

export interface RawConnection {
  readonly socket: Socket
  readonly text: string
  /** Closes the connection where `isDone` comes first; leave it open by {@link RawConnection.includes}. */
  until(isDone: (text: string) => boolean): Promise<RawExchange>
  includes(part: string): Promise<void>
}

/** @param localAddress one of this machine's, such as `127.0.0.2`, to be another caller */
export async function openRaw(url: string, localAddress?: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({
    port: Number(port),
    host: hostname,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  await once(socket, 'connect')
  const state = { text: '', reset: false, closed: false }
  const progress = new EventEmitter()
  socket.on('data', (chunk: Buffer) => {
    state.text += chunk.toString('latin1')
    progress.emit('made')
  })
  socket.on('error', () => {
    state.reset = true
  })
  socket.on('close', () => {
    state.closed = true
    progress.emit('made')
  })
  const wait = async (isDone: (text: string) => boolean) => {
    while (!state.closed && !isDone(state.text)) await once(progress, 'made')
  }
  return {
    socket,
    get text() {
      return state.text
    },
    includes: (part) => wait((text) => text.includes(part)),
    until: async (isDone) => {
      await wait(isDone)
      if (!state.closed) socket.destroy()
      return { text: state.text, ended: !state.closed ? 'open' : state.reset ? 'reset' : 'closed' }
    },
  }
}

export interface RawCall {
  /** The forwarder's url. */
  readonly base: string
  readonly path: string
  readonly appKey: AppKey
  /** Undefined: it is in the path. */
  readonly targetUrl?: string
}

export interface RawCallParts {
  readonly method?: string
  /** `1.1` unless it is another one. */
  readonly version?: string
  /** What stands in the request line, if not the path. */
  readonly requestTarget?: string
  /** Header lines, each with its CRLF. */
  readonly lines?: string
  readonly authorization?: string
}

/** The head of a signed call, with its empty line. */
export function rawHead(call: RawCall, parts: RawCallParts = {}): string {
  const { base, path, appKey, targetUrl } = call
  const { method = 'GET', version = '1.1', requestTarget = path, lines = '' } = parts
  const authorization = parts.authorization ?? signOAuth1({ method, url: base + path, ...appKey })
  const fields = { Host: new URL(base).host, Authorization: authorization, ...(targetUrl && lp(targetUrl)) }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${requestTarget} HTTP/${version}\r\n${head.join('')}${lines}\r\n`
}

/** The code of the problem document in an answer. */
export function codeIn(text: string): string | undefined {
  return /"code":"(\w+)"/.exec(text)?.[1]
}

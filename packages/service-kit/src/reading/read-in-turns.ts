import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { OpenRequests } from '../connections/open-requests.ts'
import { peerAddress, rateKey } from '../throttling/client-address.ts'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'
import { CallerReader } from './caller-reader.ts'
import type { CallersLine } from './callers-line.ts'
import { PipelinedRequests } from './pipelined-requests.ts'

/** Node's parser of a connection. It calls `onIncoming` for a head, and functions at numbers for everything else. */
interface Parser {
  onIncoming: (request: IncomingMessage, keepAlive: boolean) => number
  [callback: number]: unknown
}

const pipeline = Symbol('pipeline')

interface ParsedSocket extends Socket {
  readonly parser: Parser | null
  [pipeline]?: PipelinedRequests
}

/** Tells the parser to stop. */
const readNoFurther = -1
/** The code of the error that the parser reports then. */
export const cutCode = 'HPE_CB_HEADERS_COMPLETE'
/** How long a caller may take to close its side after it was told that nothing follows. */
const lingerMs = 2_000

/** On the socket itself, as each request needs it. Undefined if a server does not read in turns. */
export function pipelineOf(socket: Socket): PipelinedRequests | undefined {
  return (socket as ParsedSocket)[pipeline]
}

export interface ReadInTurnsOptions {
  readonly callers: CallersLine
  readonly open: OpenRequests
  readonly limits: { readonly headerBytes: number }
  /** Connections from one address are those of one caller, unless it is a proxy's. */
  readonly proxies: TrustedProxies
}

/** Limits what each connection of a server brings in a turn of the event loop, so that others get their turns. */
export function readInTurns(server: Server, { callers, open, limits, proxies }: ReadInTurnsOptions): void {
  // After Node's own listener, which makes the parser.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: ParsedSocket) => {
    const { parser } = socket
    if (parser === null) return
    const peer = peerAddress(socket)
    const address = proxies.mayConnectFrom(peer) ? undefined : rateKey(peer)
    const reader = new CallerReader(socket, callers, { party: address, headBytes: limits.headerBytes })
    const requests = new PipelinedRequests(socket, reader, callers)
    socket[pipeline] = requests
    const onIncoming = parser.onIncoming
    parser.onIncoming = (request, keepAlive) => {
      reader.takeHead(request.rawHeaders.length)
      if (requests.take(open.count(socket))) {
        if (!reader.linesUp) callers.noteOther()
        if (!reader.isSliced) return onIncoming(request, keepAlive)
        const began = performance.now()
        const answer = onIncoming(request, keepAlive)
        reader.noteCarriedOut(performance.now() - began)
        return answer
      }
      callers.metrics.pipelineCut()
      cut(socket, reader)
      return readNoFurther
    }
    tellOfReads(socket, parser, reader)
  })
}

/**
 * Nothing more is parsed. Later bytes are dropped until the answers to earlier requests have gone out, and for a moment
 * after that: closing a connection with unread bytes resets it, and those answers could be lost.
 */
function cut(socket: Socket, reader: CallerReader): void {
  reader.cut()
  const destroySoon = socket.destroySoon
  socket.destroySoon = () => {
    socket.destroySoon = destroySoon
    // The caller may have left, and nothing else would close it.
    if (socket.destroyed) return
    socket.end()
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
    socket.once('close', () => clearTimeout(timer))
  }
}

/** The number of the function that Node's parser calls after each read; the same for all parsers. */
let afterRead: number | undefined

function tellOfReads(socket: Socket, parser: Parser, reader: CallerReader): void {
  afterRead ??= Object.keys(parser)
    .map(Number)
    .find((key) => nameOf(parser[key]) === 'bound onParserExecute')
  if (afterRead === undefined) return
  const onRead = parser[afterRead] as (result: unknown) => void
  parser[afterRead] = (result: unknown) => {
    reader.noteRead(typeof result === 'number' ? result : 0)
    if (socket.destroyed) return
    onRead(result)
  }
}

const nameOf = (value: unknown) => (typeof value === 'function' ? value.name : undefined)

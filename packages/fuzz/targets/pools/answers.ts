import { stolen } from './connection-starts.ts'
import type { Script } from './script.ts'
import type { TargetSide } from './target-side.ts'

export interface Asked {
  readonly token: string
  readonly isToHead: boolean
  readonly script: Script
}

/**
 * What the caller may be told: its token and nothing else (`exact`), a part of it or nothing (`part`), only an error
 * (`failure`), anything but another call's token (`any`), or even that (`unsure`). An error is right for everyone
 * except those who got all bytes of a whole answer.
 */
export type Promised = 'exact' | 'part' | 'failure' | 'any' | 'unsure'
type Answer = (side: TargetSide, asked: Asked) => Promised

const ok = 'HTTP/1.1 200 OK\r\n'
const withLength = (body: string, lines = '', length = body.length) =>
  `${ok}${lines}Content-Length: ${length}\r\n\r\n${body}`

/** The answer to a HEAD has no body. */
const whole = ({ token, isToHead }: Asked, lines = '') => withLength(isToHead ? '' : token, lines, token.length)

function inChunks({ token, isToHead, script }: Asked): string {
  const at = 1 + script.next(token.length - 1)
  const chunks = [token.slice(0, at), token.slice(at)].map((each) => `${each.length.toString(16)}\r\n${each}\r\n`)
  return `${ok}Transfer-Encoding: chunked\r\n\r\n${isToHead ? '' : `${chunks.join('')}0\r\n\r\n`}`
}

/** In pieces, each in its own turn. */
function inPieces({ tls }: TargetSide, { script }: Asked, text: string): void {
  const size = 1 + script.next(40)
  const next = (at: number) => {
    if (at >= text.length || tls.destroyed) return
    tls.write(text.slice(at, at + size), 'latin1')
    setImmediate(() => next(at + size))
  }
  next(0)
}

const says =
  (text: (asked: Asked) => string, promised: Promised = 'exact'): Answer =>
  ({ tls }, asked) => {
    tls.write(text(asked), 'latin1')
    return promised
  }

/** What a target does when it is asked. */
export const answers = {
  whole: says(whole),
  chunks: says(inChunks),
  pieces: (side, asked) => {
    inPieces(side, asked, asked.script.next(2) === 0 ? whole(asked) : inChunks(asked))
    return 'exact'
  },
  'until the end': ({ tls }, { token, isToHead }) => {
    tls.end(`${ok}\r\n${isToHead ? '' : token}`)
    return 'exact'
  },
  'cut by the end of TCP': ({ tls, raw }, { token, isToHead }) => {
    tls.write(`${ok}\r\n${token.slice(0, -1)}`, () => raw.end())
    return isToHead ? 'part' : 'failure'
  },
  'cut by a reset': ({ tls, raw }, { token, isToHead }) => {
    tls.write(withLength(token.slice(0, -1), '', token.length), () => raw.resetAndDestroy())
    return isToHead ? 'part' : 'failure'
  },
  'cut by an end': ({ tls }, { token, isToHead, script }) => {
    tls.end(withLength(token.slice(0, script.next(token.length)), '', token.length))
    return isToHead ? 'part' : 'failure'
  },
  'no answer': ({ tls }) => {
    tls.end()
    return 'failure'
  },
  reset: ({ raw }) => {
    raw.resetAndDestroy()
    return 'failure'
  },
  late: ({ tls }, asked) => {
    setTimeout(() => tls.write(whole(asked)), asked.script.next(20))
    return 'exact'
  },
  never: () => 'failure',
  interim: says((asked) => `HTTP/1.1 10${asked.script.next(4) === 1 ? 1 : 3} x\r\nLink: <a>\r\n\r\n${whole(asked)}`),
  'many interim': says((asked) => 'HTTP/1.1 100 x\r\n\r\n'.repeat(asked.script.next(40)) + whole(asked)),
  'more in the same piece': says((asked) => whole(asked) + stolen),
  'more in a piece of its own': (side, asked) => {
    side.isUnsure = true
    side.tls.write(whole(asked))
    side.tls.write(stolen)
    return 'exact'
  },
  'more than its length': says(({ token, script }) => withLength(token, '', script.next(token.length)), 'part'),
  'no body but a body': says(
    ({ token, script }) => `HTTP/1.1 ${[204, 304][script.next(2)]} x\r\nX: y\r\n\r\n${token}`,
    'part',
  ),
  closes: says((asked) => whole(asked, 'Connection: close\r\n')),
  'kept for a moment': says((asked) => whole(asked, `Keep-Alive: timeout=${asked.script.next(3)}\r\n`)),
  'more chunks': says((asked) => inChunks(asked) + stolen.slice(asked.script.next(stolen.length))),
  anything: says(({ script }) => script.take(1 + script.next(200)).toString('latin1'), 'any'),
  'anything behind its head': says(({ script }) => ok + script.take(1 + script.next(200)).toString('latin1'), 'any'),
} satisfies Readonly<Record<string, Answer>>

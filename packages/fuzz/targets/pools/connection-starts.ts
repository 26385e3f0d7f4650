import type { TargetSide } from './target-side.ts'

type Start = (side: TargetSide) => void

/** What a target does with a connection before any request. */
export const connectionStarts = {
  whole: () => {},
  'closes before the handshake': ({ raw }) => void raw.destroy(),
  'closes after the handshake': ({ tls }) => void tls.once('secure', () => tls.end()),
  'resets after the handshake': ({ raw, tls }) => void tls.once('secure', () => raw.resetAndDestroy()),
  'ends TCP after the handshake': ({ raw, tls }) => void tls.once('secure', () => raw.end()),
  'answers unasked': (side) => {
    side.isUnsure = true
    side.tls.once('secure', () => side.tls.write(stolen))
  },
  'speaks no TLS': ({ raw }) => void raw.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
} satisfies Readonly<Record<string, Start>>

/** An answer to a request that nobody made: whoever gets it has got someone else's. */
export const stolen = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nt-stolen'

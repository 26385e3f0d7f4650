import type { TLSSocket } from 'node:tls'

type Done = (error?: Error | null) => void

/**
 * A target that refuses a call while its body is on the way sends its reason, be it an answer or, with TLS 1.3, an
 * alert about the client certificate, and closes. Our next write then fails before Node has read what waits in the
 * kernel (an alert: 30 of 30 streamed calls; a 413: 14 of 60), and a stream with a failed write drops whatever it
 * reads. So a write that fails is told of only when a whole turn of the event loop has brought nothing more to read.
 */
export function readBeforeFailedWrite(socket: TLSSocket): void {
  const { _write: write, _writev: writev } = socket
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, lateFailure(socket, done))
  socket._writev = (chunks, done) => writev?.call(socket, chunks, lateFailure(socket, done))
}

function lateFailure(socket: TLSSocket, done: Done): Done {
  return (error) => (error ? failWhenRead(socket, () => done(error)) : done())
}

function failWhenRead(socket: TLSSocket, fail: () => void): void {
  const { bytesRead } = socket
  // Two, as the first may come in this very turn.
  setImmediate(() => {
    setImmediate(() => {
      if (socket.destroyed || socket.bytesRead === bytesRead) fail()
      else failWhenRead(socket, fail)
    })
  })
}

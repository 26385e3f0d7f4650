import type { TLSSocket } from 'node:tls'

/**
 * With TLS 1.3 a target objects to the client certificate after the handshake, by an alert, and closes. If the body of the
 * request is on its way by then, our write fails before Node has read the alert that waits in the kernel (30 of 30 streamed
 * calls), and the failed write would destroy the socket. So that destruction waits until what has come is read: for one
 * whole turn of the event loop, and only before the target's first byte.
 */
export function readAlertBeforeFailedWrite(socket: TLSSocket): void {
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error) => {
    if (socket.bytesRead > 0 || !isFailedWrite(error)) return destroy(error)
    setImmediate(() => setImmediate(() => destroy(error)))
    return socket
  }
}

function isFailedWrite(error: (Error & { syscall?: string }) | undefined): boolean {
  return error?.syscall === 'write'
}

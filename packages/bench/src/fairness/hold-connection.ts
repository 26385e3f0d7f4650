import { connect } from 'node:net'
import { hostileAddress } from './attack-order.ts'

/** Keeps a connection open and sends nothing. Resolves with `none` when the service has closed it. */
export async function holdConnection(url: string, signal: AbortSignal): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ host: hostname, port: Number(port), localAddress: hostileAddress() })
  // A reset is expected.
  socket.on('error', () => {}).on('close', () => resolve('none'))
  const leave = () => socket.destroy()
  signal.addEventListener('abort', leave, { once: true })
  const outcome = await promise
  signal.removeEventListener('abort', leave)
  return outcome
}

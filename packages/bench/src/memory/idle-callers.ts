import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const openEveryMs = 20
/** One address may have half of all connections. */
const addresses = 200

/** Connections that send one request, and then stay. */
export class IdleCallers {
  readonly #sockets = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  readonly #port: number
  #opened = 0

  /** @param url of the forwarder. What it closes is opened again. */
  constructor(url: string, count: number) {
    this.#port = Number(new URL(url).port)
    this.#timer = setInterval(() => {
      if (this.#sockets.size < count) this.#open()
    }, openEveryMs)
  }

  get count(): number {
    return this.#sockets.size
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#sockets].map((socket) => once(socket.destroy(), 'close')))
  }

  #open(): void {
    const localAddress = `127.0.2.${1 + (this.#opened++ % addresses)}`
    const socket = connect({ host: '127.0.0.1', port: this.#port, localAddress })
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.resume()
  }
}

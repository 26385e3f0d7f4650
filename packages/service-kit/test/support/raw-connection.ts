import { connect, type Socket } from 'node:net'

/** A connection to which a test writes raw bytes. */
export class RawConnection {
  text = ''
  readonly socket: Socket
  /** Resolves when the server has ended or broken the connection. */
  readonly closed: Promise<void>
  #arrived = Promise.withResolvers<void>()

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname).setEncoding('utf8')
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    this.socket.on('error', () => {})
    this.socket.on('data', (text: string) => {
      this.text += text
      this.#arrived.resolve()
      this.#arrived = Promise.withResolvers()
    })
  }

  send(text: string): this {
    this.socket.write(text)
    return this
  }

  get(path: string): this {
    return this.send(requestOf(path))
  }

  /** Waits until the server has written this. */
  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await this.#arrived.promise
  }
}

export function requestOf(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`
}

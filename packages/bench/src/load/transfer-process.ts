/**
 * One call with a body of any size, by a process of its own: arguments are the port of 127.0.0.1, the file of the
 * request's head and how many bytes follow it. Prints `{"seconds","status","bytes"}` when the server has closed the
 * connection.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const [port, headFile = '', bodyBytes] = process.argv.slice(2)
const chunk = Buffer.alloc(65_536, 'x')
const began = performance.now()
let [left, bytes, head] = [Number(bodyBytes), 0, '']

const socket = connect({
  host: '127.0.0.1',
  port: Number(port),
  // One buffer for all that comes: what is received is counted.
  onread: { buffer: Buffer.alloc(262_144), callback: (length, buffer) => received(length, buffer) },
})
socket.write(readFileSync(headFile))
socket.on('drain', send)
socket.on('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})
socket.on('close', () => {
  const status = Number(head.slice('HTTP/1.1 '.length, 12))
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1_000, status, bytes }))
})
send()

function received(length: number, buffer: Uint8Array): boolean {
  if (head.length < 12) head += Buffer.from(buffer.subarray(0, length)).toString('latin1')
  bytes += length
  return true
}

function send(): void {
  while (left > 0) {
    const next = left < chunk.length ? chunk.subarray(0, left) : chunk
    left -= next.length
    if (!socket.write(next)) return
  }
}

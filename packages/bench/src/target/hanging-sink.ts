import { once } from 'node:events'
import { createServer } from 'node:net'
import type { BenchTarget } from './bench-target.ts'

/** Takes the calls to the target's `/hang`, and never answers them. @returns what ends it */
export async function openHangingSink({ hangingSocket }: BenchTarget): Promise<() => void> {
  const sink = createServer((socket) => socket.resume().on('error', () => {})).listen(hangingSocket)
  await once(sink, 'listening')
  return () => void sink.close()
}

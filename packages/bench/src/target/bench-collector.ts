import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BenchCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string
  /** Bytes of spans that have come. */
  readonly bytes: number
  stop(): Promise<void>
}

/** Takes spans by OTLP over HTTP, and throws them away. */
export async function startBenchCollector(): Promise<BenchCollector> {
  let bytes = 0
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => response.end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // It listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get bytes() {
      return bytes
    },
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

import { once } from 'node:events'
import { type AddressInfo, createServer, isIP, type Socket } from 'node:net'
import { type AccountId, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import type { ConnectionSettings } from '../../src/connect/connection-settings.ts'
import type { TargetRequest } from '../../src/http1/exchange.ts'
import { AnswerCollector } from '../../src/http1/exchange.ts'
import type { TargetPool, TargetPoolCounts } from '../../src/http1/target-pool.ts'
import {
  type AccountIdentity,
  type AddressSource,
  explainTransportError,
  type TargetAnswer,
  TargetGuard,
  type TransportFailure,
  UpstreamPools,
  type VersionedCredentials,
} from '../../src/index.ts'
import type { UpstreamPoolsOptions } from '../../src/pools/upstream-pools.ts'

export const acme: AccountId = parseAccountId('acme')
export const globex: AccountId = parseAccountId('globex')

export function credentialsOf(issued: IssuedCertificate, versionId = 'v1'): VersionedCredentials {
  return {
    versionId: parseRecordId(versionId),
    privateKey: issued.privateKey,
    certificates: [issued.certificate, ...issued.chain].join(''),
  }
}

/** Lets connections to this machine pass, on any port. */
export const localGuard: TargetGuard = new TargetGuard({ allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' })

/** As if every name had these addresses; the next ones from the next look-up on, if there are several. */
export function knownAddresses(...answers: string[][]): AddressSource {
  return {
    of: () => (_name, _options, callback) => {
      const addresses = answers.length > 1 ? answers.shift() : answers[0]
      callback(
        null,
        (addresses ?? []).map((address) => ({ address, family: isIP(address) })),
      )
    },
  }
}

/** Connect to this machine on any port. */
export function openUpstreamPools(
  options: Omit<Partial<UpstreamPoolsOptions>, 'settings'> & { settings?: Partial<ConnectionSettings> } = {},
): UpstreamPools {
  return new UpstreamPools({ guard: localGuard, ...options })
}

/** What is open, counted identity by identity. */
export function statsOf({ identities }: UpstreamPools) {
  const all = identities.all()
  const pools = all.flatMap(({ targets }) => targets)
  const sum = (name: keyof TargetPoolCounts) => pools.reduce((total, pool) => total + pool.counts()[name], 0)
  const stats = identities.stats()
  const counts = { connections: sum('connections'), running: sum('running'), queued: sum('queued') }
  return { ...stats, draining: all.length - stats.identities, targets: pools.length, ...counts }
}

/** The whole answer to one request. */
export function ask(upstream: TargetPool, request: Partial<TargetRequest> = {}): Promise<TargetAnswer> {
  const collector = new AnswerCollector(Number.POSITIVE_INFINITY)
  upstream.send({ path: '/', method: 'GET', headers: [], body: null, ...request }, collector)
  return collector.answer
}

export async function get(upstream: TargetPool, path = '/'): Promise<{ status: number; body: string }> {
  const { status, body } = await ask(upstream, { path })
  return { status, body: body.toString() }
}

/** How a GET of this identity fails; the test fails where it does not. */
export async function failureOf(
  upstreams: UpstreamPools,
  identity: AccountIdentity,
  origin: string,
): Promise<TransportFailure> {
  try {
    await get(upstreams.acquire(identity, origin))
  } catch (error) {
    return explainTransportError(error, new URL(origin).host)
  }
  throw new Error(`the call to ${origin} succeeded`)
}

export interface TcpListener {
  readonly port: number
  readonly connections: number
  close(): Promise<void>
}

/** A bare TCP server, for what no TLS server does. */
export async function listenTcp(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<TcpListener> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    get connections() {
      return connections
    },
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

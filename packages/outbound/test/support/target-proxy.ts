import { type ConnectProxy, type IssuedCertificate, startConnectProxy } from '@mtls-gateway/test-kit'
import type { EgressProxy } from '../../src/index.ts'

/** How a target is called. */
export type ThroughProxy = boolean | 'over TLS'

export interface TargetProxy {
  readonly proxy: ConnectProxy
  readonly egress: EgressProxy
}

/** @param identity of a proxy over TLS, for 127.0.0.1, from this CA */
export async function startTargetProxy(
  through: ThroughProxy,
  ca: string,
  identity: IssuedCertificate,
): Promise<TargetProxy | undefined> {
  if (through === false) return undefined
  const isOverTls = through === 'over TLS'
  const proxy = await startConnectProxy(undefined, isOverTls ? identity : undefined)
  const egress = { host: '127.0.0.1', port: proxy.port, except: [], ...(isOverTls && { ca }) }
  return { proxy, egress }
}

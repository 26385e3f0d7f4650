import { connect, createSecureContext } from 'node:tls'
import { CodedError } from '@mtls-gateway/domain'

/**
 * What the services use of Node that its documentation does not promise, by object. docs/node-internals.md says why,
 * and what would go wrong without it. Mostly nobody would notice: a limit on targets or callers would be missing.
 */
export const nodeInternals: Readonly<Record<string, Readonly<Record<string, 'function' | 'number'>>>> = {
  'tls.TLSSocket': {
    '_handle.fd': 'number',
    '_handle.receive': 'function',
    '_handle._parent.readStart': 'function',
    '_handle._parent.bytesRead': 'number',
  },
  'tls.SecureContext': { 'context.addCACert': 'function', 'context.close': 'function' },
}

/** @throws CodedError `NODE_UNSUPPORTED` */
export function requireNodeInternals(): void {
  const missing = missingInternals()
  if (missing.length === 0) return
  throw new CodedError(
    'NODE_UNSUPPORTED',
    `Node ${process.version} lacks what the services use of it: ${missing.join(', ')}. Run them on Node 24, which they are tested on.`,
  )
}

function missingInternals(): readonly string[] {
  // Without the system's CAs, which take long to load.
  const secureContext = createSecureContext({ ca: [] })
  // It never connects: it is destroyed before Node starts to.
  const socket = connect({ host: '127.0.0.1', port: 9, secureContext }).on('error', () => {})
  const objects: Readonly<Record<string, unknown>> = { 'tls.TLSSocket': socket, 'tls.SecureContext': secureContext }
  const missing = Object.entries(nodeInternals).flatMap(([name, types]) =>
    Object.entries(types)
      .filter(([path, type]) => typeof valueAt(objects[name], path) !== type)
      .map(([path]) => `${name} ${path}`),
  )
  socket.destroy()
  return missing
}

function valueAt(object: unknown, path: string): unknown {
  // Any object has properties by name, whatever its type says.
  return path.split('.').reduce((value, name) => (value as Record<string, unknown> | undefined | null)?.[name], object)
}

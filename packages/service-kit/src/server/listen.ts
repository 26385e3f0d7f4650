import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:tls'
import { CodedError } from '@mtls-gateway/domain'
import type { Setting } from '../configuration/fields.ts'

export interface ListenAddress {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** What to change if the address is not available. */
export type ListenSettings = Readonly<Record<keyof ListenAddress, Pick<Setting<unknown>, 'variable'>>>

/**
 * Listens. @returns the base url by which this host reaches the server
 * @throws CodedError `PORT_IN_USE`, `CONFIGURATION_INVALID` (no such address here, or not allowed)
 */
export async function listen(server: Server, address: ListenAddress, settings: ListenSettings): Promise<string> {
  const listening = once(server, 'listening')
  server.listen({ host: address.host, port: address.port })
  try {
    await listening
  } catch (error) {
    throw explain(error, address, settings)
  }
  const bound = server.address()
  // A string only for Unix sockets, null only before listening.
  if (bound === null || typeof bound === 'string') throw new TypeError('the server does not listen on a port')
  return `${server instanceof TlsServer ? 'https' : 'http'}://${urlHost(bound.address)}:${bound.port}`
}

function urlHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  if (address === '::') return '[::1]'
  return address.includes(':') ? `[${address}]` : address
}

function explain(error: unknown, { host, port }: ListenAddress, settings: ListenSettings): unknown {
  const [{ variable: hostVariable }, { variable: portVariable }] = [settings.host, settings.port]
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new CodedError(
        'PORT_IN_USE',
        `Port ${port} on ${host} is in use. Stop what listens there, or set ${portVariable} to another port (0 picks a free one).`,
        { cause: error },
      )
    case 'EACCES':
      return invalid(`${portVariable} ${port} needs a privilege that this process lacks. Use a port above 1023.`, error)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return invalid(`${hostVariable} names no address of this host. Example: ${hostVariable}=127.0.0.1`, error)
    default:
      return error
  }
}

function invalid(sentence: string, cause: unknown): CodedError {
  return new CodedError('CONFIGURATION_INVALID', sentence, { cause })
}

import type { AccountIdentity } from '../identities/connection-identity.ts'
import type { AnswerHandler, TargetRequest } from './exchange.ts'

/** A target as one identity calls it, by whatever version of HTTP. */
export interface Upstream {
  /**
   * Sends a request as soon as there is a connection. Its handler may be told before this returns.
   * @param onNew use only a connection that has carried nothing yet
   */
  send(request: TargetRequest, handler: AnswerHandler, onNew?: boolean): void
}

/** The upstreams of all accounts, for whoever sends calls. */
export interface Upstreams {
  /**
   * For requests that begin in the same turn of the event loop: later it may be retired, so a repetition acquires anew.
   * @param origin `https://host` or `https://host:port`
   * @throws TransportError `CLIENT_CERTIFICATE_UNUSABLE`, `SHUTTING_DOWN`
   * @throws CodedError `TOO_MANY_CALLS`: there is no room for one more identity of the account
   */
  acquire(identity: AccountIdentity, origin: string): Upstream
  /**
   * As {@link acquire}, if the identity is open already. Undefined: acquire it when it is its account's {@link turn}.
   */
  acquireOpen(identity: AccountIdentity, origin: string): Upstream | undefined
  /**
   * Resolves when a new identity may be acquired, in that very turn of the event loop.
   * @param isWanted `false`: the call has gone, and needs no turn
   */
  turn(identity: AccountIdentity, isWanted: () => boolean): Promise<void>
}

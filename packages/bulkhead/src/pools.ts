import { CodedError, type ErrorCode } from '@mtls-gateway/domain'

/** What whoever is turned away is told; undefined: nobody is, as nobody waits. */
interface Pool {
  readonly code: ErrorCode
  /** 1 if left out. */
  readonly retryAfterSeconds?: number
  /** Where its own share is used up. */
  readonly ofOwner: string
  /** Where the total is. */
  readonly ofAll: string
}

/**
 * Everything that is divided: docs/fair-shares.md says in which service, in which unit, by which owner and how much,
 * and a test compares it with what is opened.
 */
export const pools = {
  /** Connections of callers. Nobody is told: the connection is closed before anything is read from it. */
  connections: undefined,
  /** Calls that are with their targets. */
  'forward-calls': {
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many calls of this account are in flight. Wait for some to end and try again.',
    ofAll: 'Too many calls are in flight. Try again in a second.',
  },
  /** What client certificates and trusted CAs take that connections are kept for, by estimate. */
  'hot-identities': {
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account with too many different certificates and trusted CAs are in flight. Wait for some to end and try again.',
    ofAll: 'Calls with too many different certificates and trusted CAs are in flight. Try again in a second.',
  },
  /** Connections to targets, from before they are opened until they have closed. */
  'target-connections': {
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many connections of this account to its targets are in use. Wait for calls to end and try again.',
    ofAll: 'Too many connections to targets are in use. Try again in a second.',
  },
  /**
   * What connections keep of memory beyond the usual, as their targets sent much in their handshakes. Nobody is told:
   * the connection closes after its call.
   */
  'connection-memory': undefined,
  /**
   * What targets cost of the event loop beyond the usual, in the last seconds. Whoever calls such a target is told
   * TARGET_TOO_COSTLY, as its connection closes.
   */
  'target-costs': undefined,
  /** Names of targets that name servers are being asked for, or gave hundreds of addresses for lately. */
  'look-ups': {
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account go to too many new names at once, or to names with hundreds of addresses. Let its name servers answer sooner and with fewer addresses, or send fewer such calls at once.',
    ofAll: 'Too many names of targets are being looked up. Try again in a second.',
  },
  /** TLS handshakes with targets that are under way, or whose turn comes when their account has rested. */
  handshakes: {
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account need too many new connections, or their targets ask for too much work to set one up. Let targets keep connections open, with shorter chains and usual keys, or send fewer calls at once.',
    ofAll: 'Too many connections to targets are being set up. Try again in a second.',
  },
  /** Bearer tokens about which the token issuer is asked, or was in the last seconds. */
  'token-questions': {
    code: 'RATE_LIMITED',
    ofOwner: 'Too many new Bearer tokens have come from this address. Use each one until it expires.',
    ofAll: 'The token issuer is being asked about too many Bearer tokens. Try again in a second.',
  },
  /** Form-encoded bodies that are read to verify their signature. */
  'signed-forms': {
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many forms from this address are being read. Send fewer at once.',
    ofAll: 'Too many forms are being read. Try again in a second.',
  },
  /** Forms whose signature was verified in the last seconds, with 200 bytes for each of their parameters. */
  'form-signatures': {
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many large forms have come with app keys of this account. Send fewer, or other kinds of bodies.',
    ofAll: 'Too many large forms are being verified. Try again in a second.',
  },
  /** Bodies of requests that are not answered yet, or were read in the last seconds. */
  'request-bodies': {
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many large bodies of this account are being worked on. Send fewer at once.',
    ofAll: 'Too many large bodies are being worked on. Try again in a second.',
  },
  /** Signatures of requests to targets, by what they take of libuv's threads. */
  'request-signatures': {
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Too many requests of this account wait for their signatures. Send fewer at once, or sign with a smaller key.',
    ofAll: 'Too many requests wait for their signatures. Try again in a second.',
  },
  /**
   * Mappings and certificates that requests parse and answer, until their answer has gone out, or that changes read and
   * write; at least 100 each.
   */
  'account-reads': {
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many requests for what this account has, or changes of it, are being answered. Send fewer at once.',
    ofAll: 'Too many requests for what accounts have, or changes of them, are being answered. Try again in a second.',
  },
  /** Processes that read uploaded keys and certificates. */
  'key-files': {
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 5,
    ofOwner: 'Too many key files of this account are being examined. Send this one again in some seconds.',
    ofAll: 'Too many key files are being examined. Send this one again in some seconds.',
  },
  /** Processes that read files which ask for much work, or turned out to take long. */
  'expensive-key-files': {
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 15,
    ofOwner:
      'Too many key files of this account that take long are being examined. Send this one again in some seconds.',
    ofAll: 'Too many key files that take long are being examined. Send this one again in some seconds.',
  },
  /** Processes that make keys and their signing requests. */
  'key-generation': {
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 5,
    ofOwner: 'Too many keys of this account are being made. Send the request again in some seconds.',
    ofAll: 'Too many keys are being made. Send the request again in some seconds.',
  },
  /** Calls of the key tester, each made by a process of its own. */
  'traced-calls': {
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 5,
    ofOwner: 'Too many calls of this account are being tried out. Send this one again in some seconds.',
    ofAll: 'Too many calls are being tried out. Send this one again in some seconds.',
  },
  /** Probes, trials, activations, and on Vault what CAs of accounts sign: each by a process that may read one key. */
  probes: {
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 5,
    ofOwner: 'Too many certificates of this account are being tried out. Send this again in some seconds.',
    ofAll: 'Too many certificates are being tried out. Send this again in some seconds.',
  },
  /** Accounts whose webhook or recipients of notices are being told of something, or tested. */
  'webhook-deliveries': {
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 60,
    ofOwner: 'Notices of this account are still being sent. Try again in a minute.',
    ofAll: 'Too many notices are being sent. Try again in a minute.',
  },
  /** Tests of recipients of notices, and first notices to new ones: each may be a stranger's address. */
  'notice-tests': {
    code: 'RATE_LIMITED',
    retryAfterSeconds: 60,
    ofOwner: 'This account has sent too many tests of notices. Send the next one in a minute.',
    ofAll: 'Too many tests of notices are being sent. Try again in a minute.',
  },
  /** Steps of renewal plans that are being done, and other questions to issuers. */
  'plan-steps': {
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 60,
    ofOwner: 'Too many certificates of this account are being renewed. Try again in a minute.',
    ofAll: 'Too many certificates are being renewed. Try again in a minute.',
  },
  /** Orders that issuers have not answered yet. */
  'issuer-orders': {
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 30,
    ofOwner: 'Too many orders are waiting for this issuer. The plan orders by itself, or try again in some seconds.',
    ofAll: 'Too many orders are waiting for issuers. The plan orders by itself, or try again in some seconds.',
  },
  /** Requests of the page that config-api has not answered to their end. */
  'proxied-requests': {
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many of your requests are being answered. Wait for some to end and try again.',
    ofAll: 'Too many requests are being answered. Try again in a second.',
  },
} as const satisfies Record<string, Pool | undefined>

export type PoolName = keyof typeof pools

/** What whoever is turned away by a pool is told. */
export function poolExhausted(name: PoolName, byOwnShare: boolean): CodedError {
  const pool: Pool | undefined = pools[name]
  if (pool === undefined) throw new RangeError(`${name} is used up, and has no sentence for that: use tryAcquire`)
  const { code, ofOwner, ofAll, retryAfterSeconds = 1 } = pool
  return new CodedError(code, byOwnShare ? ofOwner : ofAll, { retryAfterSeconds })
}

/** For what is asked of a part of a service that is closed, and for what it was doing when it was closed. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}

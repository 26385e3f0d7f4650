import { CodedError, type ErrorCode } from '@mtls-gateway/domain'

export interface Pool {
  /** Both: config-api and forwarder-api. */
  readonly service: 'config-api' | 'forwarder-api' | 'both' | 'console'
  /** What there is so much of. */
  readonly unit:
    | 'bytes'
    | 'calls'
    | 'connections'
    | 'handshakes'
    | 'look-ups'
    | 'milliseconds'
    | 'processes'
    | 'records'
  /**
   * What the owner of a permit is: one tenant, whoever sends from one address before its tenant is known, or who is
   * signed in.
   */
  readonly owner: 'account' | 'address' | 'person'
  readonly meaning: string
  /** The code of whoever is turned away. */
  readonly code: ErrorCode
  /** 1 if left out. */
  readonly retryAfterSeconds?: number
  /** What whoever is turned away is told: where its own share is used up, and where it is the total. */
  readonly ofOwner: string
  readonly ofAll: string
}

/** Everything that is divided, in both services: docs/fair-shares.md says how, and a test compares it with the code. */
export const pools = {
  connections: {
    service: 'both',
    unit: 'connections',
    owner: 'address',
    meaning: 'Connections of callers.',
    // Nobody is told: the connection is closed before anything is read from it.
    code: 'RATE_LIMITED',
    ofOwner: 'Too many connections from this address.',
    ofAll: 'Too many connections.',
  },
  'forward-calls': {
    service: 'forwarder-api',
    unit: 'calls',
    owner: 'account',
    meaning: 'Calls that are with their targets.',
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many calls of this account are in flight. Wait for some to end and try again.',
    ofAll: 'Too many calls are in flight. Try again in a second.',
  },
  'hot-identities': {
    service: 'forwarder-api',
    unit: 'bytes',
    owner: 'account',
    meaning: 'What client certificates and trusted CAs take that connections are kept for, by estimate.',
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account with too many different certificates and trusted CAs are in flight. Wait for some to end and try again.',
    ofAll: 'Calls with too many different certificates and trusted CAs are in flight. Try again in a second.',
  },
  'target-connections': {
    service: 'forwarder-api',
    unit: 'connections',
    owner: 'account',
    meaning: 'Connections to targets, from before they are opened until they have closed.',
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many connections of this account to its targets are in use. Wait for calls to end and try again.',
    ofAll: 'Too many connections to targets are in use. Try again in a second.',
  },
  'connection-memory': {
    service: 'forwarder-api',
    unit: 'bytes',
    owner: 'account',
    meaning: 'What connections keep of memory beyond the usual, as their targets sent much in their handshakes.',
    // Nobody is told: the connection closes after its call.
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Connections of this account keep too much memory.',
    ofAll: 'Connections keep too much memory.',
  },
  'target-costs': {
    service: 'forwarder-api',
    unit: 'milliseconds',
    owner: 'account',
    meaning: 'What targets cost of the event loop beyond the usual, in the last seconds.',
    // Whoever calls such a target is told TARGET_TOO_COSTLY, as its connection closes.
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Targets of this account cost too much time.',
    ofAll: 'Targets cost too much time.',
  },
  'look-ups': {
    service: 'both',
    unit: 'look-ups',
    owner: 'account',
    meaning: 'Names of targets that name servers are being asked for, or gave hundreds of addresses for lately.',
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account go to too many new names at once, or to names with hundreds of addresses. Let its name servers answer sooner and with fewer addresses, or send fewer such calls at once.',
    ofAll: 'Too many names of targets are being looked up. Try again in a second.',
  },
  handshakes: {
    service: 'forwarder-api',
    unit: 'handshakes',
    owner: 'account',
    meaning: 'TLS handshakes with targets that are under way, or whose turn comes when their account has rested.',
    code: 'TOO_MANY_CALLS',
    ofOwner:
      'Calls of this account need too many new connections, or their targets ask for too much work to set one up. Let targets keep connections open, with shorter chains and usual keys, or send fewer calls at once.',
    ofAll: 'Too many connections to targets are being set up. Try again in a second.',
  },
  'token-questions': {
    service: 'both',
    unit: 'look-ups',
    owner: 'address',
    meaning: 'Bearer tokens about which the token issuer is asked, or was in the last seconds.',
    code: 'RATE_LIMITED',
    ofOwner: 'Too many new Bearer tokens have come from this address. Use each one until it expires.',
    ofAll: 'The token issuer is being asked about too many Bearer tokens. Try again in a second.',
  },
  'signed-forms': {
    service: 'forwarder-api',
    unit: 'bytes',
    owner: 'address',
    meaning: 'Form-encoded bodies that are read to verify their signature.',
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many forms from this address are being read. Send fewer at once.',
    ofAll: 'Too many forms are being read. Try again in a second.',
  },
  'form-signatures': {
    service: 'forwarder-api',
    unit: 'bytes',
    owner: 'account',
    meaning: 'Forms whose signature was verified in the last seconds, with 200 bytes for each of their parameters.',
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many large forms have come with app keys of this account. Send fewer, or other kinds of bodies.',
    ofAll: 'Too many large forms are being verified. Try again in a second.',
  },
  'request-bodies': {
    service: 'both',
    unit: 'bytes',
    owner: 'account',
    meaning: 'Bodies of requests that are not answered yet, or were read in the last seconds.',
    code: 'TOO_MANY_BODIES',
    ofOwner: 'Too many large bodies of this account are being worked on. Send fewer at once.',
    ofAll: 'Too many large bodies are being worked on. Try again in a second.',
  },
  'account-reads': {
    service: 'config-api',
    unit: 'records',
    owner: 'account',
    meaning:
      'Mappings and certificates that requests parse and answer, until their answer has gone out, or that changes read and write; at least 100 each.',
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many requests for what this account has, or changes of it, are being answered. Send fewer at once.',
    ofAll: 'Too many requests for what accounts have, or changes of them, are being answered. Try again in a second.',
  },
  'key-files': {
    service: 'config-api',
    unit: 'processes',
    owner: 'account',
    meaning: 'Processes that read uploaded keys and certificates.',
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 5,
    ofOwner: 'Too many key files of this account are being examined. Send this one again in some seconds.',
    ofAll: 'Too many key files are being examined. Send this one again in some seconds.',
  },
  'expensive-key-files': {
    service: 'config-api',
    unit: 'processes',
    owner: 'account',
    meaning: 'Processes that read files which ask for much work, or turned out to take long.',
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 15,
    ofOwner:
      'Too many key files of this account that take long are being examined. Send this one again in some seconds.',
    ofAll: 'Too many key files that take long are being examined. Send this one again in some seconds.',
  },
  'key-generation': {
    service: 'config-api',
    unit: 'processes',
    owner: 'account',
    meaning: 'Processes that make keys and their signing requests.',
    code: 'TOO_MANY_BODIES',
    retryAfterSeconds: 5,
    ofOwner: 'Too many keys of this account are being made. Send the request again in some seconds.',
    ofAll: 'Too many keys are being made. Send the request again in some seconds.',
  },
  'traced-calls': {
    service: 'config-api',
    unit: 'processes',
    owner: 'account',
    meaning: 'Calls of the key tester, each made by a process of its own.',
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 5,
    ofOwner: 'Too many calls of this account are being tried out. Send this one again in some seconds.',
    ofAll: 'Too many calls are being tried out. Send this one again in some seconds.',
  },
  probes: {
    service: 'config-api',
    unit: 'processes',
    owner: 'account',
    meaning: 'Probes, trials and activations, each made by a process that may read one key.',
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 5,
    ofOwner: 'Too many certificates of this account are being tried out. Send this again in some seconds.',
    ofAll: 'Too many certificates are being tried out. Send this again in some seconds.',
  },
  'webhook-deliveries': {
    service: 'config-api',
    unit: 'calls',
    owner: 'account',
    meaning: 'Accounts whose webhook is being told of certificates that expire, or tested.',
    code: 'TOO_MANY_CALLS',
    retryAfterSeconds: 60,
    ofOwner: 'The webhook of this account is still being called. Try again in a minute.',
    ofAll: 'Too many webhooks are being called. Try again in a minute.',
  },
  'proxied-requests': {
    service: 'console',
    unit: 'calls',
    owner: 'person',
    meaning: 'Requests of the page that config-api has not answered to their end.',
    code: 'TOO_MANY_CALLS',
    ofOwner: 'Too many of your requests are being answered. Wait for some to end and try again.',
    ofAll: 'Too many requests are being answered. Try again in a second.',
  },
} as const satisfies Record<string, Pool>

export type PoolName = keyof typeof pools

/** What whoever is turned away by a pool is told. */
export function poolExhausted(name: PoolName, byOwnShare: boolean): CodedError {
  const { code, ofOwner, ofAll, retryAfterSeconds = 1 }: Pool = pools[name]
  return new CodedError(code, byOwnShare ? ofOwner : ofAll, { retryAfterSeconds })
}

/** For what is asked of a part of a service that is closed, and for what it was doing when it was closed. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}

/**
 * What the scenario `fairness` measures: every shared pool, in each service that has it. A test compares it with the
 * code's list.
 */
export const measuredPools = [
  'connections of forwarder-api',
  'forward-calls of forwarder-api',
  'hot-identities of forwarder-api',
  'connection-memory of forwarder-api',
  'target-costs of forwarder-api',
  'target-connections of forwarder-api',
  'look-ups of forwarder-api',
  'handshakes of forwarder-api',
  'token-questions of forwarder-api',
  'signed-forms of forwarder-api',
  'form-signatures of forwarder-api',
  'request-bodies of forwarder-api',
  'request-signatures of forwarder-api',
  'connections of config-api',
  'request-bodies of config-api',
  'token-questions of config-api',
  'account-reads of config-api',
  'look-ups of config-api',
  'key-files of config-api',
  'expensive-key-files of config-api',
  'key-generation of config-api',
  'traced-calls of config-api',
  'probes of config-api',
  'webhook-deliveries of config-api',
  'notice-tests of config-api',
  'plan-steps of config-api',
  'issuer-orders of config-api',
] as const

/** What takes the event loop's time, and no pool bounds: it is divided, or bounded by what a request may be. */
export const measuredTurns = [
  'calls-from-16-addresses of forwarder-api',
  'calls-from-64-addresses of forwarder-api',
  'dead-targets of forwarder-api',
  'closing-targets of forwarder-api',
  'early-hints of forwarder-api',
  'crumbs of forwarder-api',
  'long-answers of forwarder-api',
  'small-records of forwarder-api',
  'tls-contexts of forwarder-api',
  'strangers of forwarder-api',
  'strangers of config-api',
] as const

export const everyMeasured = [...measuredPools, ...measuredTurns] as const

export type MeasuredPool = (typeof everyMeasured)[number]

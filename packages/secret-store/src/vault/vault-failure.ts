import { reasonsOf } from './refusal-reasons.ts'

/**
 * What became of a request that gave no result: `refused` is Vault's definite answer that it does not do this;
 * `no-login` the same of a login; `not-done` is a refusal for now, before anything was done (sealed, over a quota, no
 * connection); `unknown` leaves open whether it was done (no answer in time, connection lost, 5xx, a redirect, an
 * answer that is not Vault's).
 */
export type FailureKind =
  | 'missing'
  | 'deleted'
  | 'conflict'
  | 'forbidden'
  | 'too-large'
  | 'refused'
  | 'no-login'
  | 'not-done'
  | 'unknown'

/**
 * All that is kept of a failed request. What was sent is not in it, and of what was answered only the reasons of a
 * refusal, without anything that could be a secret.
 */
export class VaultFailure extends Error {
  override readonly name = 'VaultFailure'
  readonly kind: FailureKind
  /** What Vault said of a refusal, without anything that could be a secret; empty if it said nothing. */
  readonly reasons: string

  constructor(kind: FailureKind, message: string, reasons = '') {
    super(message)
    this.kind = kind
    this.reasons = reasons
  }
}

export function isVaultFailure(error: unknown, ...kinds: readonly FailureKind[]): error is VaultFailure {
  return error instanceof VaultFailure && (kinds.length === 0 || kinds.includes(error.kind))
}

/** The parts of an axios error that are looked at. */
interface FailedRequest {
  readonly code?: string
  readonly response?: { readonly status: number; readonly data?: unknown }
}

/** From what axios rejects with; keeps a status or a transport code, and Vault's reasons. */
export function asVaultFailure(error: unknown): VaultFailure {
  if (isVaultFailure(error)) return error
  const { response, code } = error as FailedRequest
  if (response !== undefined) {
    const kind = kindOfAnswer(response.status, response.data)
    const { errors } = fieldsOf(response.data)
    const reasons = saysMore.has(kind) && Array.isArray(errors) ? reasonsOf(errors) : ''
    return new VaultFailure(kind, `Vault answered with status ${response.status}${reasons && `: ${reasons}`}.`, reasons)
  }
  if (code === 'ERR_CANCELED') return new VaultFailure('unknown', 'Vault did not answer in time.')
  const kind = code !== undefined && neverConnected.has(code) ? 'not-done' : 'unknown'
  return new VaultFailure(kind, `Vault can't be reached: ${code ?? 'the connection failed'}.`)
}

/** Where what Vault says is more than the kind does: that it is sealed, or which parameter it can't read. */
const saysMore: ReadonlySet<FailureKind> = new Set(['refused', 'not-done', 'unknown'])

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** Only what is certainly Vault's own answer counts: a proxy in front of it has statuses of its own. */
function kindOfAnswer(status: number, body: unknown): FailureKind {
  const { errors, data } = fieldsOf(body)
  // https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2: a deleted version is a 404 that has metadata.
  if (status === 404 && fieldsOf(data).metadata !== undefined) return 'deleted'
  if (!Array.isArray(errors)) return status === 413 ? 'too-large' : 'unknown'
  switch (status) {
    // An unknown mount is a 404 too, but one that says so.
    case 404:
      return errors.length === 0 ? 'missing' : 'refused'
    case 400:
      if (errors.some(isUpgrading)) return 'not-done'
      return errors.some(isCasMismatch) ? 'conflict' : 'refused'
    case 403:
      return 'forbidden'
    case 413:
      return 'too-large'
    // Over a quota; a secondary for disaster recovery or performance; sealed.
    case 429:
    case 472:
    case 473:
      return 'not-done'
    case 500:
      // The storage below Vault has a limit of its own, 1 MiB with raft.
      if (errors.some(isTooLarge)) return 'too-large'
      // Vault 1.13 and 1.14 say so of a secret id that there is not.
      return errors.some(isUnknownSecretId) ? 'refused' : 'unknown'
    case 503:
      return errors.some((text) => String(text).includes('sealed')) ? 'not-done' : 'unknown'
    default:
      return status >= 400 && status < 500 ? 'refused' : 'unknown'
  }
}

function isCasMismatch(text: unknown): boolean {
  return String(text).includes('check-and-set parameter did not match')
}

/** A KV engine says so for a moment after it was mounted. */
function isUpgrading(text: unknown): boolean {
  return String(text).includes('non-versioned to versioned data')
}

function isTooLarge(text: unknown): boolean {
  return String(text).includes('put failed due to value being too large')
}

function isUnknownSecretId(text: unknown): boolean {
  return String(text).includes('invalid secret id')
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

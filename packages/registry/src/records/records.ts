import { randomBytes } from 'node:crypto'
import { type AccountId, type Change, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import {
  type RecordKind,
  recordPath,
  type SecretReader,
  type SecretValue,
  StoreError,
} from '@mtls-gateway/secret-store/port'
import { checkFormat } from '../format/stored-format.ts'
import { coded } from '../store-failure.ts'

/** A private key alone, PKCS#8 as PEM. */
type KeyRecord = { readonly privateKey: string }
/** A leaf certificate and the CA certificates that go with it, each as PEM. */
export type ChainRecord = { readonly leaf: string; readonly chain: readonly string[] }
/** The secret of an app key or a webhook, or what a target wants beside the certificate: a secret, or a key as PEM. */
type SharedSecretRecord = { readonly secret: string }
/** Changes that the account no longer holds, oldest first. */
type AuditRecord = { readonly changes: readonly Change[] }

/** What a CA of an account is for everybody, and where its key is. */
export type IssuerCaRecord = { readonly certificate: string; readonly keyId: string }

/** What a change that waits for approval would change: JSON, compressed by brotli, in base64. */
type ApprovalRecord = { readonly brotli: string }

export interface RecordValues {
  readonly keys: KeyRecord
  readonly chains: ChainRecord
  readonly 'app-keys': SharedSecretRecord
  readonly 'webhook-secrets': SharedSecretRecord
  readonly 'target-secrets': SharedSecretRecord
  readonly audit: AuditRecord
  readonly 'issuer-keys': KeyRecord
  readonly 'issuer-cas': IssuerCaRecord
  readonly approvals: ApprovalRecord
}

const shapes: { readonly [Kind in RecordKind]: (value: SecretValue) => boolean } = {
  keys: ({ privateKey }) => typeof privateKey === 'string',
  chains: ({ leaf, chain }) => typeof leaf === 'string' && isListOf(chain, 'string'),
  'app-keys': ({ secret }) => typeof secret === 'string',
  'webhook-secrets': ({ secret }) => typeof secret === 'string',
  'target-secrets': ({ secret }) => typeof secret === 'string',
  audit: ({ changes }) => isListOf(changes, 'object'),
  'issuer-keys': ({ privateKey }) => typeof privateKey === 'string',
  'issuer-cas': ({ certificate, keyId }) => typeof certificate === 'string' && typeof keyId === 'string',
  approvals: ({ brotli }) => typeof brotli === 'string',
}

/** @throws StoreError `damaged` if this is no record of that kind; CodedError `STORE_NEWER` */
export function parseRecord<Kind extends RecordKind>(
  kind: Kind,
  accountId: AccountId,
  value: SecretValue,
): RecordValues[Kind] {
  checkFormat(value, `A record of the account ${accountId} below "${kind}"`)
  if (!shapes[kind](value)) throw new StoreError('damaged', `a record below "${kind}" has another shape`)
  // The one place where what was stored gets its type: the line above has looked at its fields.
  return value as unknown as RecordValues[Kind]
}

function isListOf(value: unknown, type: 'string' | 'object'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type && item !== null)
}

/**
 * Nearly 128 random bits: the id of something written once. Never begins with a hyphen, as commands take some
 * as an argument and would read an option.
 */
export function newRecordId(): RecordId {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newRecordId() : parseRecordId(id)
}

/**
 * Undefined if the record was never written or was purged.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export function readRecord<Kind extends RecordKind>(
  store: SecretReader,
  kind: Kind,
  accountId: AccountId,
  id: RecordId,
): Promise<RecordValues[Kind] | undefined> {
  const stored = store.get(recordPath(kind, accountId, id))
  return coded(stored.then((found) => found && parseRecord(kind, accountId, found.value)))
}

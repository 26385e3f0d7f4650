import { formatAppKey } from '@mtls-gateway/domain'
import type { LostChanges, ValidAgain } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import type { RevokedAgain } from './revoke-again.ts'

export interface ForwarderOnEpoch {
  readonly instance: string
  readonly onEpoch: boolean
}

/** What `mtls-admin store restored` has done and found. */
export interface RestoreReport {
  readonly epoch: string
  readonly previous: string | undefined
  /** Undefined if they could not be told or asked. */
  readonly forwarders: readonly ForwarderOnEpoch[] | undefined
  /** Undefined if the change notices or the accounts could not be read. */
  readonly lost: LostChanges | undefined
  readonly revoked: readonly RevokedAgain[]
}

export function restoreText({ epoch, previous, forwarders, lost, revoked }: RestoreReport): string {
  const begun = `epoch ${epoch} has begun${previous === undefined ? '' : `, after ${previous}`}`
  return [begun, ...forwarderLines(forwarders), ...lostLines(lost, revoked)].join('\n')
}

function forwarderLines(forwarders: RestoreReport['forwarders']): readonly string[] {
  if (forwarders === undefined) {
    return ['Forwarders could not be told or asked: they notice the new epoch within their STORE_EPOCH_TTL.']
  }
  const late = forwarders.filter(({ onEpoch }) => !onEpoch).map(({ instance }) => `${instance} is not on it yet`)
  return [`${forwarders.length - late.length} of ${forwarders.length} forwarders are on it`, ...late]
}

function lostLines(lost: LostChanges | undefined, revoked: readonly RevokedAgain[]): readonly string[] {
  if (lost === undefined)
    return ['What the restore has undone could not be found out: look into the log of config-api.']
  const { accounts, validAgain } = lost
  const rows = accounts.map(({ account, revision, was }) => [account, revision, was])
  const deleted = new Map(revoked.map((one) => [nameOfRevoked(one), one.problem ?? 'deleted again']))
  const valid = validAgain.map((one) => {
    const what = nameOf(one)
    const outcome = deleted.get(what)
    return outcome === undefined ? what : `${what}: ${outcome}`
  })
  return [
    accounts.length === 0 ? 'no account is known to be older than it was' : `${accounts.length} accounts are older:`,
    ...(rows.length > 0 ? [table(['account', 'revision', 'was'], rows)] : []),
    ...(valid.length > 0 ? ['Revoked before, and valid again:', ...valid] : []),
  ]
}

function nameOf(one: ValidAgain): string {
  if ('appKeyId' in one) return formatAppKey(one.account, one.appKeyId)
  if ('invitationId' in one) return invitationName(one.account, one.invitationId)
  if ('handoverId' in one) return handoverName(one.account, one.handoverId)
  return `version ${one.versionId} of certificate ${one.certificateId} of ${one.account}`
}

function nameOfRevoked(one: RevokedAgain): string {
  if ('appKey' in one) return one.appKey
  if ('handover' in one) return handoverName(one.account, one.handover)
  return invitationName(one.account, one.invitation)
}

function handoverName(account: string, id: string): string {
  return `handover ${id} of ${account}`
}

function invitationName(account: string, id: string): string {
  return `invitation ${id} of ${account}`
}

import type { Account } from '../account/account.ts'
import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import { refuseUsedKey } from '../account/idempotency.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, MappingId } from '../identifiers/ids.ts'
import { maxNameLength } from '../limits/text-rules.ts'
import { sharingCaRecords } from '../mappings/ca-records.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { type MappingTls, tlsKey } from '../mappings/mapping-tls.ts'
import { type MappingTrust, trustKey } from '../mappings/mapping-trust.ts'
import type { MappingUrl } from '../mappings/mapping-url.ts'
import { anyHostFault } from './any-host.ts'
import { findCertificate } from './certificate-change.ts'
import { trustFault } from './mapping-faults.ts'
import { mergeMapping } from './mappings.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

export interface Activation {
  readonly certificateId: CertificateId
  readonly serviceId: string
  readonly url: MappingUrl
  /** Undefined: as it is, or as for other targets where the mapping is new. Null removes it. */
  readonly targetTrust?: MappingTrust | null | undefined
  /** As the trust. */
  readonly targetTls?: MappingTls | null | undefined
}

export interface ActivatedMapping {
  readonly mapping: Mapping
  /** What it was; undefined: it is new. */
  readonly before: Mapping | undefined
}

/**
 * The mapping that an activation comes to where there is one already.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`; `MAPPING_ALREADY_EXISTS`: it is to another certificate
 */
export function activatedMapping(account: Account, { certificateId, serviceId, url }: Activation): Mapping | undefined {
  findCertificate(account, certificateId)
  const mapping = account.mappings.find((each) => each.serviceId === serviceId && each.url === url)
  if (mapping === undefined || mapping.certificateId === certificateId) return mapping
  throw new CodedError(
    'MAPPING_ALREADY_EXISTS',
    `The mapping "${mapping.name}" maps this service and url to another certificate. Change that mapping, or delete it first.`,
    { details: { mapping: { id: mapping.id, name: mapping.name } } },
  )
}

/**
 * Maps a service and url to a certificate, by a name of that certificate and a number; a mapping that is there already
 * is enabled, and has the trust and TLS settings that the activation names. May be repeated.
 * @param id of the mapping if it is new
 * @throws CodedError as {@link activatedMapping}, `IDEMPOTENCY_KEY_REUSED`, `MAPPING_TRUST_UNKNOWN`; what is wrong with
 *   a mapping of any host
 */
export function activateMapping(
  context: CommandContext,
  id: MappingId,
  { targetTrust: asked, targetTls, ...activation }: Activation,
): Command<ActivatedMapping> {
  return (account) => {
    const before = activatedMapping(account, activation)
    const targetTrust = asked && sharingCaRecords(account)(asked)
    const revision = account.revision + 1
    const fresh = { ...activation, id, name: nameFor(account, activation), enable: true, revision }
    const mapping = mergeMapping(before ?? fresh, { enable: true, targetTrust, targetTls })
    if (before && isActiveAs(before, mapping)) {
      refuseUsedKey(account, context.idempotency)
      return { account, result: { mapping: before, before }, revoked: [] }
    }
    const fault = anyHostFault(account, context, mapping) ?? trustFault(mapping)
    if (fault) throw new CodedError(fault.code, fault.message, { details: { field: fault.field } })
    const changed = { ...mapping, revision }
    const mappings = before
      ? account.mappings.map((each) => (each === before ? changed : each))
      : [...account.mappings, changed]
    const description: ChangeDescription = { action: 'mappings.activate', subjects: [`${mapping.id} ${mapping.name}`] }
    const result = { mapping: changed, before }
    // It may trust less than it did.
    const revoked = before ? [changedMappings] : []
    return { account: nextAccount(account, context, description, { mappings }), result, revoked }
  }
}

function isActiveAs(before: Mapping, { targetTrust = {}, targetTls = {} }: Mapping): boolean {
  const { enable, targetTrust: trust = {}, targetTls: tls = {} } = before
  if (!enable || tlsKey(tls) !== tlsKey(targetTls)) return false
  return trust.trust === targetTrust.trust && trustKey(trust) === trustKey(targetTrust)
}

/** `c1-1`, `c1-2`, ...: the first that nobody has. */
function nameFor(account: Account, { certificateId }: Activation): string {
  const characters = [...findCertificate(account, certificateId).name]
  const taken = new Set(account.mappings.map(({ name }) => name))
  for (let number = 1; ; number++) {
    const suffix = `-${number}`
    const name = characters.slice(0, maxNameLength - suffix.length).join('') + suffix
    if (!taken.has(name)) return name
  }
}

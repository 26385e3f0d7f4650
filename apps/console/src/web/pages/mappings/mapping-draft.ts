import type { Mapping, MappingRequest } from '@mtls-gateway/contract'
import { tlsVersions } from '@mtls-gateway/domain/words'
import type { Difference } from '../../ui/differences.tsx'

/** A mapping as it stands in the form: all of it is text. */
export interface MappingDraft {
  readonly name: string
  readonly serviceId: string
  readonly url: string
  readonly certificationId: string
  readonly enable: boolean
  readonly answerTimeoutSeconds: string
  readonly caCertificates: string
  /** The name of a trust list, instead of certificates of its own. */
  readonly trust: string
  /** One a line. */
  readonly spkiPins: string
  readonly serverName: string
  /** `1.2`, `1.3`, or nothing. */
  readonly tlsMin: string
  readonly tlsMax: string
  readonly legacyRenegotiation: boolean
  /** Separated by commas. */
  readonly tlsCiphers: string
  readonly tlsGroups: string
}

export const emptyDraft: MappingDraft = {
  name: '',
  serviceId: '',
  url: '',
  certificationId: '',
  enable: true,
  answerTimeoutSeconds: '',
  caCertificates: '',
  trust: '',
  spkiPins: '',
  serverName: '',
  tlsMin: '',
  tlsMax: '',
  legacyRenegotiation: false,
  tlsCiphers: '',
  tlsGroups: '',
}

export function draftOf(mapping: Mapping): MappingDraft {
  const { name, serviceId, url, certificationId, enable, answerTimeoutSeconds, targetTrust, targetTls } = mapping
  return {
    name,
    serviceId,
    url,
    certificationId,
    enable,
    answerTimeoutSeconds: answerTimeoutSeconds === undefined ? '' : String(answerTimeoutSeconds),
    caCertificates: targetTrust?.caCertificates ?? '',
    trust: targetTrust?.trust ?? '',
    spkiPins: targetTrust?.spkiPins?.join('\n') ?? '',
    serverName: targetTrust?.serverName ?? '',
    tlsMin: targetTls?.minVersion ?? '',
    tlsMax: targetTls?.maxVersion ?? '',
    legacyRenegotiation: targetTls?.legacyRenegotiation ?? false,
    tlsCiphers: targetTls?.ciphers?.join(', ') ?? '',
    tlsGroups: targetTls?.groups?.join(', ') ?? '',
  }
}

/** What a new one needs first, in the order of the form. */
export function whatIsMissing({ name, serviceId, url, certificationId }: MappingDraft): string | undefined {
  if (serviceId === '') return 'Choose the service first.'
  if (url.trim() === '') return 'Type the url first.'
  if (certificationId === '') return 'Choose the certificate first.'
  return name.trim() === '' ? 'Type a name first.' : undefined
}

/** A request that says all of a mapping, so that it serves for a new one too. */
interface FullRequest extends Pick<MappingRequest, 'answerTimeoutSeconds' | 'targetTrust' | 'targetTls'> {
  readonly name: string
  readonly serviceId: string
  readonly url: string
  readonly certificationId: string
  readonly enable: boolean
}

/** What is empty goes back to what the operator has set. */
export function requestOf(draft: MappingDraft): FullRequest {
  const { name, serviceId, url, certificationId, enable, answerTimeoutSeconds } = draft
  return {
    name: name.trim(),
    serviceId,
    url: url.trim(),
    certificationId,
    enable,
    answerTimeoutSeconds: answerTimeoutSeconds.trim() === '' ? null : Number(answerTimeoutSeconds),
    targetTrust: trustOf(draft),
    targetTls: tlsOf(draft),
  }
}

function trustOf({ caCertificates, trust: list, spkiPins, serverName }: MappingDraft): FullRequest['targetTrust'] {
  const pins = spkiPins.split(/\s+/).filter((pin) => pin !== '')
  const trust = {
    ...(list === '' ? caCertificates.trim() !== '' && { caCertificates } : { trust: list }),
    ...(pins.length > 0 && { spkiPins: pins }),
    ...(serverName.trim() !== '' && { serverName: serverName.trim() }),
  }
  return Object.keys(trust).length === 0 ? null : trust
}

/** What is offered to the target; null where it is what all are offered. */
export function tlsOf(draft: MappingDraft): NonNullable<MappingRequest['targetTls']> | null {
  const [minVersion, maxVersion] = [draft.tlsMin, draft.tlsMax].map((chosen) =>
    tlsVersions.find((version) => version === chosen),
  )
  const [ciphers, groups] = [namesIn(draft.tlsCiphers), namesIn(draft.tlsGroups)]
  const tls = {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(draft.legacyRenegotiation && { legacyRenegotiation: true }),
    ...(ciphers.length > 0 && { ciphers }),
    ...(groups.length > 0 && { groups }),
  }
  return Object.keys(tls).length === 0 ? null : tls
}

/** People also separate them by spaces and lines. */
export function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}

const labels: Readonly<Record<keyof MappingDraft, string>> = {
  name: 'Name',
  serviceId: 'Service',
  url: 'Url',
  certificationId: 'Certificate',
  enable: 'Enabled',
  answerTimeoutSeconds: 'Answer timeout',
  caCertificates: 'CA certificates',
  trust: 'Trust list',
  spkiPins: 'Public key pins',
  serverName: 'Server name',
  tlsMin: 'Lowest version of TLS',
  tlsMax: 'Highest version of TLS',
  legacyRenegotiation: 'Legacy renegotiation',
  tlsCiphers: 'Ciphers',
  tlsGroups: 'Groups',
}

export function differencesOf(mine: MappingDraft, theirs: MappingDraft): readonly Difference[] {
  // The labels have a mapping's keys, which Object.keys forgets.
  const fields = Object.keys(labels) as (keyof MappingDraft)[]
  return fields
    .filter((field) => mine[field] !== theirs[field])
    .map((field) => ({ field: labels[field], mine: shown(mine[field]), theirs: shown(theirs[field]) }))
}

function shown(value: string | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
}

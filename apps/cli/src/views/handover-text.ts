import type { CreatedHandover, Handover, RegistrationFacts, VersionFacts } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day, facts, readableTime } from './lines.ts'

export function createdHandoverText({ id, label, mappings, expiresAt, code, link }: CreatedHandover): string {
  return facts([
    ['id', id],
    ['label', label],
    ...mappings.map(({ url }, at) => [at === 0 ? 'urls' : '', url] as const),
    ['expires', expiresAt],
    ['code', code],
    ['link', link ?? undefined],
  ])
}

export function handoverTable(handovers: readonly Handover[]): string {
  if (handovers.length === 0) return 'This certificate has no handover.'
  const rows = handovers.map(({ id, label, mappings, openedAt, expiresAt, note }) => [
    id,
    label,
    openedAt === null ? 'no' : day(openedAt),
    `${mappings.filter(({ registeredAt }) => registeredAt !== null).length} of ${mappings.length}`,
    day(expiresAt),
    note?.replaceAll(/\s+/g, ' ') ?? '',
  ])
  return table(['ID', 'LABEL', 'OPENED', 'REGISTERED', 'EXPIRES', 'NOTE'], rows)
}

/** For people who register the certificate: what comes next, and what is in use. */
export function registrationText({ next, current }: RegistrationFacts): string {
  const parts = [
    ...(next ? [`Comes next: register this one\n\n${versionText(next)}`] : []),
    `In use now\n\n${versionText(current)}`,
  ]
  return `${parts.join('\n\n\n')}\n`
}

function versionText(version: VersionFacts): string {
  const [, ...issuers] = version.certificates
  return facts([
    ['subject', version.subject],
    ["subject, OpenSSL's order", version.subjectInOrder],
    ['issuer', version.issuer],
    ["issuer, OpenSSL's order", version.issuerInOrder],
    ['names', version.subjectAltNames.length === 0 ? undefined : version.subjectAltNames.join(', ')],
    ['valid from', readableTime(version.notBefore)],
    ['valid until', readableTime(version.notAfter)],
    ['key', version.keyType],
    ['serial number', version.serialNumber],
    ['serial number, decimal', version.serialNumberDecimal],
    ['SHA-256 thumbprint', version.fingerprintSha256],
    ['SHA-1 thumbprint', version.fingerprintSha1],
    ['public key pin', version.publicKeyPin],
    ...issuers.map(({ subject, isRoot }, at) => [`issuer ${at + 1}`, isRoot ? `${subject} (root)` : subject] as const),
  ])
}

/** Each file by its name: certificates and chains as PEM and DER, and all facts as text. */
export function registrationFiles(shown: RegistrationFacts): ReadonlyMap<string, string | Buffer> {
  return new Map([
    ...(shown.next ? versionFiles('next', shown.next) : []),
    ...versionFiles('current', shown.current),
    ['facts.txt', registrationText(shown)] as const,
  ])
}

function versionFiles(name: string, { certificates }: VersionFacts): readonly (readonly [string, string | Buffer])[] {
  const pem = (chain: VersionFacts['certificates']) => chain.map((each) => each.pem).join('')
  const withoutRoot = certificates.filter(({ isRoot }) => !isRoot)
  return [
    [`${name}-chain.pem`, pem(withoutRoot)],
    ...(withoutRoot.length < certificates.length
      ? ([[`${name}-chain-with-root.pem`, pem(certificates)]] as const)
      : []),
    ...certificates.flatMap((each, at) => {
      const own = at === 0 ? name : `${name}-issuer-${at}`
      return [
        [`${own}.pem`, each.pem],
        [`${own}.der`, derOf(each.pem)],
      ] as const
    }),
  ]
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')
}

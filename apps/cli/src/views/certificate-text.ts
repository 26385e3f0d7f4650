import type {
  Certificate,
  CertificateDetails,
  LastProbe,
  PreviousVersion,
  StagedVersion,
  VersionDifference,
} from '@mtls-gateway/contract'
import { paint, table } from '@mtls-gateway/terminal'
import { differenceLines } from './difference-text.ts'
import { day, facts } from './lines.ts'

const good = new Set(['Available'])

/** With its names, usages and chain, where it was got by itself. */
export function certificateText(certificate: Certificate | CertificateDetails, colour: boolean): string {
  const { id, name, status, expirationDate, keyType, subject, issuer, fingerprintSha256, warnings, revocation } =
    certificate
  const { staged, previous, promotion, managedBy } = certificate
  return facts([
    ['id', String(id)],
    ['name', name],
    ['status', paint(status, good.has(status) ? 32 : 33, colour)],
    ['expires', expirationDate === null ? undefined : day(expirationDate)],
    ['key', keyType],
    ['subject', subject],
    ['issuer', issuer ?? undefined],
    ['sha256', fingerprintSha256 ?? undefined],
    ...('chain' in certificate ? detailRows(certificate) : []),
    ['staged', staged && versionLine(staged)],
    ...(staged && 'chain' in staged ? stagedRows(staged) : []),
    ...differenceRows(staged?.differences),
    ...(staged?.lastProbe ? probeRows(staged.lastProbe, colour) : []),
    ['previous', previous && versionLine(previous)],
    ...differenceRows(previous?.differences),
    ...(promotion ? promotionRows(promotion) : []),
    ['revoked', revocation && `${revocation.revokedAt} (${revocation.reason})`],
    ['managed by', managedBy && `the document ${managedBy}`],
    ['warnings', warnings.length === 0 ? undefined : warnings.join(', ')],
  ])
}

export function certificateTable(certificates: readonly Certificate[]): string {
  if (certificates.length === 0) return 'There is no certificate.'
  const rows = certificates.map(({ id, name, status, expirationDate, keyType, subject }) => [
    id,
    name,
    status,
    expirationDate === null ? '' : day(expirationDate),
    keyType,
    subject,
  ])
  return table(['ID', 'NAME', 'STATUS', 'EXPIRES', 'KEY', 'SUBJECT'], rows)
}

type Promotion = NonNullable<Certificate['promotion']>

/** Where each mapping stands while they present different versions. */
export function promotionText({ version, left, mappings }: Promotion): string {
  const rows = mappings.map((each) => [each.id, each.url, each.state, each.since ?? '', refusalText(each) ?? ''])
  return `${left} of ${mappings.length} mappings do not present ${version}:\n${table(['MAPPING', 'URL', 'STATE', 'SINCE', 'REFUSED BY'], rows)}`
}

/** Before the next version is presented, what is refused is the version in use. */
function refusalText({ code, state }: Promotion['mappings'][number]): string | undefined {
  return code === undefined || state === 'presents' || state === 'rolledBack' ? code : `${code} (the version in use)`
}

/** For 10,000 mappings, how many there are in each state says enough. */
function promotionRows({ version, left, mappings }: Promotion): Rows {
  const count = (state: Promotion['mappings'][number]['state']) =>
    mappings.filter((mapping) => mapping.state === state).length
  const prepared = [
    `${count('handedOver')} handed over`,
    `${count('registered')} registered`,
    `${count('tested')} tested`,
  ]
  return [
    ['promoted', `${version}, for ${mappings.length - left} of ${mappings.length} mappings`],
    ...mappings.flatMap((each) => {
      const refusal = refusalText(each)
      return refusal === undefined ? [] : [['refused', `${each.url}: ${refusal}`] as const]
    }),
    ['', listed(prepared.filter((words) => !words.startsWith('0 ')))],
  ]
}

type Details = Pick<CertificateDetails, 'subjectAltNames' | 'keyUsage' | 'extendedKeyUsage' | 'chain'>
type Rows = readonly (readonly [name: string, value: string | undefined])[]

function detailRows({ subjectAltNames, keyUsage, extendedKeyUsage, chain }: Details): Rows {
  return [
    ['names', listed(subjectAltNames)],
    ['key usage', listed(keyUsage)],
    ['extended', listed(extendedKeyUsage)],
    ...chain.map(
      ({ subject, notAfter }, at) => [at === 0 ? 'chain' : '', `${subject}, expires ${day(notAfter)}`] as const,
    ),
  ]
}

/** What a renewed certificate most often lacks. */
function stagedRows({ subjectAltNames, extendedKeyUsage, chain }: Details): Rows {
  return [
    ['', chain[0]?.subject],
    ['', listed([...subjectAltNames, ...extendedKeyUsage])],
  ]
}

function differenceRows(differences: readonly VersionDifference[] = []): Rows {
  return differenceLines(differences).map((line, at) => [at === 0 ? 'differs' : '', line])
}

function listed(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(', ')
}

/** When it was, and the urls at which it failed. */
function probeRows({ at, ok, results }: LastProbe, colour: boolean): readonly (readonly [string, string])[] {
  const failed = results.filter(({ result }) => result === 'failed')
  return [
    ['probe', `${ok ? paint('good', 32, colour) : paint('failed', 31, colour)}, ${at}`],
    ...failed.map(({ url, mappingId, clientCertificate, code }) => {
      const isOneOfSeveral = results.filter((each) => each.url === url).length > 1
      const which = isOneOfSeveral ? `${url} (mapping ${mappingId})` : url
      return ['', `${which}: ${clientCertificate}, ${code}`] as const
    }),
  ]
}

function versionLine({ status, expirationDate }: StagedVersion | PreviousVersion): string {
  return expirationDate === null ? status : `${status}, expires ${day(expirationDate)}`
}

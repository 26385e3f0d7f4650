import type { ApprovalChange, ApprovalRequest as ApprovalRequestView, Settings } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountSettings,
  type AppKey,
  type ApprovalContent,
  type ApprovalRequest,
  type ApprovalRule,
  approvalRefusal,
  approvalState,
  type Certificate,
  type CertificateFacts,
  type CertificateId,
  type ContentElement,
  type Decider,
  type Handover,
  type Invitation,
  type Mapping,
  type ServiceCatalogue,
  type SigningKey,
  type StagedVersion,
  settingsOf,
  signingKeyState,
  type TargetAuth,
  type TrustList,
  usualApprovalRule,
} from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'

/** What a look at a request needs. */
export interface ApprovalSight {
  readonly account: Account
  readonly decider: Decider
  readonly services: ServiceCatalogue
  /** ISO 8601 in UTC. */
  readonly at: string
  /** What it changes, by {@link viewChanges}; undefined: that is not shown. */
  readonly changes?: readonly ApprovalChange[]
  /** What it would change is not what it was. */
  readonly isOutdated?: boolean
}

export function viewApproval(request: ApprovalRequest, sight: ApprovalSight): ApprovalRequestView {
  const { account, decider, at, changes, isOutdated = false } = sight
  const { id, operation, actions, subjects, subjectCount, requestedBy, requestedAt, expiresAt, decision } = request
  const { approvers = null, scope } = settingsOf(account).approvals ?? usualApprovalRule
  const state = approvalState(request, at)
  return {
    ...{ id, state: state === 'open' && isOutdated ? 'outdated' : state, actions, operation, subjects, subjectCount },
    ...{ requestedBy, requestedAt, expiresAt },
    ...(changes && { changes }),
    ...{ approvers, scope, mine: approvalRefusal(account, request, decider) !== undefined },
    ...(decision && { decidedBy: decision.by, decidedAt: decision.at }),
    ...(decision?.reason !== undefined && { reason: decision.reason }),
  }
}

export function viewApprovalRule(rule: ApprovalRule | undefined): Settings['approvals'] {
  if (!rule) return null
  const { actions, approvers = null, scope, expiresAfterDays } = rule
  return { actions, approvers, scope, expiresAfter: `${expiresAfterDays}d` }
}

type Fields = Readonly<Record<string, unknown>>
/** The names of what entries refer to. */
interface Names {
  readonly certificate: (id: CertificateId) => string
  readonly version: (id: CertificateId, versionId: string | undefined) => string | undefined
  readonly services: ServiceCatalogue
}

/** What a request changes, with names in the place of ids. It leaves time to others, as there may be thousands. */
export async function viewChanges(
  { elements }: ApprovalContent,
  { account, services }: Pick<ApprovalSight, 'account' | 'services'>,
): Promise<readonly ApprovalChange[]> {
  const names = namesIn(account, elements, services)
  const settings = elements.filter(({ list }) => list === 'settings')
  const others = elements.filter(({ list }) => list !== 'settings')
  const changes = await convertInTurns(others, (element) => viewElement(element, names))
  return settings.length > 0 ? [...changes, viewSettingsChange(settings)] : changes
}

const kinds = {
  certificates: 'certificate',
  mappings: 'mapping',
  trusts: 'trust',
  appKeys: 'appKey',
  invitations: 'invitation',
  handovers: 'handover',
  signingKeys: 'signingKey',
} as const satisfies Record<Exclude<ContentElement['list'], 'settings'>, ApprovalChange['kind']>

function viewElement(element: ContentElement, names: Names): ApprovalChange {
  const { id } = element
  if (element.list === 'settings') throw new TypeError('settings are shown together')
  const [before, after] = [shown(element.list, element.before, names), shown(element.list, element.after, names)]
  const all = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (field) => field !== 'name',
  )
  const fields = all.flatMap((field) => {
    const [was, is] = [before?.[field] ?? null, after?.[field] ?? null]
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ field, before: was, after: is }]
  })
  const [oldName, name] = [before?.name, after?.name ?? before?.name ?? id]
  const isRenamed = before !== undefined && after !== undefined && oldName !== name
  const named = isRenamed ? [{ field: 'name', before: oldName, after: name }, ...fields] : fields
  const changed = isRenamed && fields.length === 0 ? 'rename' : 'update'
  return {
    action: before === undefined ? 'create' : after === undefined ? 'delete' : changed,
    kind: kinds[element.list],
    name: String(name),
    fields: named,
  }
}

/** What people may see of an entry, with names in the place of ids: never a secret, and no name of a record. */
function shown(list: keyof typeof kinds, entry: unknown, names: Names): Fields | undefined {
  if (entry === undefined) return undefined
  // The lists of an account, as its request has them.
  switch (list) {
    case 'certificates':
      return shownCertificate(entry as Certificate)
    case 'mappings':
      return shownMapping(entry as Mapping, names)
    case 'trusts': {
      const { name, caRecordId } = entry as TrustList
      return { name, caCertificatesSha256: caDigest(caRecordId) }
    }
    case 'appKeys': {
      const { label, scopes, services, expiresAt, createdBy } = entry as AppKey
      const numbered = services?.map((number) => names.services.numbered(number).name)
      return { name: label, scopes, services: numbered, expiresAt, createdBy }
    }
    case 'invitations': {
      const { label, scopes, expiresAt, createdBy } = entry as Invitation
      return { name: label, scopes, expiresAt, createdBy }
    }
    case 'handovers': {
      const { label, certificateId, expiresAt } = entry as Handover
      return { name: label, certificate: names.certificate(certificateId), expiresAt }
    }
    case 'signingKeys': {
      const key = entry as SigningKey
      return { name: key.kid, use: key.use, algorithm: key.algorithm, state: signingKeyState(key) }
    }
  }
}

function shownCertificate({ name, current, staged, previous, plan }: Certificate): Fields {
  const { profile, source, renewAt, test, promote, rollBack } = plan ?? {}
  return {
    name,
    version: current && shownFacts(current),
    staged: staged && shownStaged(staged),
    previous: previous && { fingerprintSha256: previous.fingerprintSha256, notAfter: previous.notAfter },
    plan: plan && { profile, source, renewAt, test, promote, rollBack },
  }
}

function shownFacts(facts: CertificateFacts): Fields {
  const { fingerprintSha256, subject, issuer, serialNumber, notBefore, notAfter, keyType } = facts
  return { fingerprintSha256, subject, issuer, serialNumber, keyType, notBefore, notAfter }
}

function shownStaged(staged: StagedVersion): Fields {
  if (staged.versionId === undefined) return { subject: staged.subject, keyType: staged.keyType }
  return { fingerprintSha256: staged.fingerprintSha256, notAfter: staged.notAfter }
}

function shownMapping(mapping: Mapping, names: Names): Fields {
  const { name, serviceId, url, enable, certificateId, pinned, targetTrust, targetTls, targetAuth } = mapping
  const { messageSignature, answerTimeoutSeconds } = mapping
  const { caRecordId, ...trust } = targetTrust ?? {}
  const { certificateId: signer, ...signature } = messageSignature ?? {}
  return {
    name,
    service: names.services.numbered(serviceId).name,
    url,
    enable,
    certificate: names.certificate(certificateId),
    presents: names.version(certificateId, pinned),
    targetTrust: targetTrust && { ...trust, ...(caRecordId && { caCertificatesSha256: caDigest(caRecordId) }) },
    targetTls,
    targetAuth: targetAuth && shownAuth(targetAuth),
    messageSignature: messageSignature && {
      ...signature,
      ...(signer !== undefined && { certificate: names.certificate(signer) }),
    },
    answerTimeoutSeconds,
  }
}

function shownAuth(auth: TargetAuth): Fields {
  if (auth.type === 'headers') {
    const headers = auth.headers.map(({ name, secret: { setAt, setBy } }) => ({ name, setAt, setBy }))
    return { type: auth.type, headers }
  }
  const { secret, ...rest } = auth
  return { ...rest, ...(secret && { secret: { setAt: secret.setAt, setBy: secret.setBy } }) }
}

const digestLength = 43

/** The record of CA certificates begins with their SHA-256, in base64url. */
function caDigest(caRecordId: string): string {
  return caRecordId.slice(0, digestLength)
}

function namesIn(account: Account, elements: readonly ContentElement[], services: ServiceCatalogue): Names {
  const certificates = new Map<CertificateId, readonly Certificate[]>(
    account.certificates.map((each) => [each.id, [each]]),
  )
  for (const { list, before, after } of elements) {
    if (list !== 'certificates') continue
    for (const each of [after, before]) {
      const certificate = each as Certificate | undefined
      if (certificate) certificates.set(certificate.id, [...(certificates.get(certificate.id) ?? []), certificate])
    }
  }
  return {
    services,
    certificate: (id) => certificates.get(id)?.at(-1)?.name ?? String(id),
    version: (id, versionId) => {
      if (versionId === undefined) return undefined
      const versions = certificates
        .get(id)
        ?.flatMap(({ current, pinned = [] }) => (current ? [current, ...pinned] : pinned))
      return versions?.find((version) => version.versionId === versionId)?.fingerprintSha256
    },
  }
}

function viewSettingsChange(elements: readonly ContentElement[]): ApprovalChange {
  return {
    action: 'update',
    kind: 'settings',
    name: 'settings',
    fields: elements.map(({ id, before, after }) => ({
      field: String(id),
      before: shownSetting(String(id), before),
      after: shownSetting(String(id), after),
    })),
  }
}

function shownSetting(field: string, value: unknown): unknown {
  if (value === undefined) return null
  switch (field) {
    case 'webhook':
      return { url: (value as NonNullable<AccountSettings['webhook']>).url }
    case 'notices':
      return (value as NonNullable<AccountSettings['notices']>).map(({ id, channel, to, events, shares }) => ({
        ...{ id, channel, to, events, shares },
      }))
    case 'approvals':
      return viewApprovalRule(value as ApprovalRule)
    default:
      return value
  }
}

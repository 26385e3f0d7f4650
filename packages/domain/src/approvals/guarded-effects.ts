import type { Account } from '../account/account.ts'
import type { AppKey } from '../account/app-key.ts'
import type { GuardedAction } from '../account/approval-words.ts'
import { canonicalJson, isSame } from '../account/canonical-json.ts'
import type { Invitation } from '../account/invitation.ts'
import { activeSigningKey, neededSigningKeys } from '../account/signing-key.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { presentedVersion } from '../certificates/presented-version.ts'
import type { CertificateId, MappingId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { hostOf } from '../mappings/mapping-url.ts'
import { messageSignatureKey } from '../mappings/message-signature.ts'
import { targetAuthKey } from '../mappings/target-auth.ts'

/** Something that a change does and that may need a second person, such as `promote 2628739924 kT3x...`. */
export interface GuardedEffect {
  readonly action: GuardedAction
  /** What it is done to. Equal where the same is done. */
  readonly to: string
}

/**
 * What an account does after a change that it did not do before, as far as the account wants a second person for it.
 * It looks at the two accounts and not at which operation leads from one to the other, so none can be forgotten.
 * Costs nothing where the account has no rule. It pauses, as a document may change thousands of mappings.
 */
export function* guardedEffects(account: Account, next: Account): Generator<undefined, readonly GuardedEffect[]> {
  const rule = account.settings?.approvals
  if (!rule) return []
  const actions = new Set<GuardedAction>([...rule.actions, 'approvals'])
  const all = [
    ...(yield* ofMappings(account, next)),
    ...ofAppKeys(account, next),
    ...ofInvitations(account, next),
    ...(isSame(rule, next.settings?.approvals) ? [] : [{ action: 'approvals', to: 'settings' } as const]),
  ]
  return all.filter(({ action }) => actions.has(action))
}

/** Why a change needs a second person. */
export function actionsOf(effects: readonly GuardedEffect[]): readonly GuardedAction[] {
  return [...new Set(effects.map(({ action }) => action))]
}

/** A version, and what a mapping does with it. */
interface Use {
  readonly by: 'presents' | 'signs'
  readonly certificate: Certificate
  /** Or what stands for the first one, where the certificate waits for its signature. */
  readonly version: string
}

/** Calls of disabled mappings are refused: they do nothing. */
function* ofMappings(account: Account, next: Account): Generator<undefined, readonly GuardedEffect[]> {
  const enabled = account.mappings.filter(({ enable }) => enable)
  const before = new Map<MappingId, Mapping>(enabled.map((each) => [each.id, each]))
  const isTouched = touchedBy(account, next)
  // Nearly all of a large account are the same objects.
  const others = next.mappings.filter(
    (mapping) => mapping.enable && (before.get(mapping.id) !== mapping || isTouched(mapping)),
  )
  if (others.length === 0) return []
  const [usesBefore, usesNext] = [usesIn(account.certificates), usesIn(next.certificates)]
  const hosts = new Set<string>()
  const used = new Set<string>()
  for (const mapping of enabled) {
    yield
    for (const shown of shownTo(mapping)) hosts.add(shown)
    for (const use of usesBefore(mapping)) used.add(useKey(use))
  }
  const effects: GuardedEffect[] = []
  for (const mapping of others) {
    yield
    const { id } = mapping
    const present = before.get(id)
    const known = present && usesBefore(present)
    const promoted = usesNext(mapping).filter((use) => {
      if (!present || !known) return !used.has(useKey(use)) || (use.by === 'presents' && isUnproven(mapping))
      const isKnown = known.some(({ by, version }) => by === use.by && version === use.version)
      return !isKnown && !isFirst(use, known) && !isBack(use, present, known)
    })
    effects.push(
      ...promoted.map(({ by, version }) => ({ action: 'promote', to: `${id} ${by} ${version}` }) as const),
      ...shownTo(mapping)
        .filter((shown) => !hosts.has(shown))
        .map((shown) => ({ action: 'target-host', to: `${id} ${shown}` }) as const),
      ...newCredentials({ account, next }, present, mapping).map(
        (to) => ({ action: 'target-credentials', to: `${id} ${to}` }) as const,
      ),
    )
  }
  return effects
}

/** Whether a mapping that is the same may do something else, by its certificates or the keys that sign. */
function touchedBy(account: Account, next: Account): (mapping: Mapping) => boolean {
  const same = new Set(account.certificates)
  const changed = new Set(next.certificates.filter((each) => !same.has(each)).map(({ id }) => id))
  const hasSameKeys = account.signingKeys === next.signingKeys
  return ({ certificateId, messageSignature, targetAuth }) => {
    if (changed.has(certificateId) || (!hasSameKeys && (messageSignature ?? targetAuth) !== undefined)) return true
    const signer = messageSignature?.certificateId
    return signer !== undefined && changed.has(signer)
  }
}

/** Hosts that are shown a certificate: either of them may be new to the other. A token endpoint is shown it, too. */
function shownTo({ url, certificateId, targetAuth }: Mapping): readonly string[] {
  const urls = targetAuth?.type === 'oauth2' ? [url, targetAuth.tokenUrl] : [url]
  return [...new Set(urls.map(hostOf))].map((host) => `${host} ${certificateId}`)
}

function usesIn(certificates: readonly Certificate[]): (mapping: Mapping) => readonly Use[] {
  const byId = new Map<CertificateId, Certificate>(certificates.map((each) => [each.id, each]))
  return (mapping) => {
    const { certificateId, messageSignature } = mapping
    const own = byId.get(certificateId)
    const signsWith = messageSignature?.signingKey ? undefined : messageSignature?.certificateId
    const other = signsWith === undefined ? undefined : byId.get(signsWith)
    const presented = own && presentedVersion(mapping, own)
    return [
      ...(own ? [{ by: 'presents', certificate: own, version: presented?.versionId ?? firstOf(own) } as const] : []),
      ...(other
        ? [{ by: 'signs', certificate: other, version: other.current?.versionId ?? firstOf(other) } as const]
        : []),
    ]
  }
}

/** To present a version is another thing than to sign with it. */
function useKey({ by, version }: Use): string {
  return `${by} ${version}`
}

/** What will be signed for the key of a certificate that waits: whoever maps that has it presented when it comes. */
function firstOf({ id }: Certificate): string {
  return `first of ${id}`
}

function isFirst({ by, certificate }: Use, known: readonly Use[]): boolean {
  return known.some(
    (use) =>
      use.by === by &&
      use.certificate.id === certificate.id &&
      use.version === firstOf(certificate) &&
      use.certificate.staged?.keyId === certificate.current?.keyId,
  )
}

/**
 * Whether a mapping goes back to what it used right before: where calls fail, nobody waits for a second person. That it
 * did use it follows from the revisions: it has not changed since the version in use came in the place of that one.
 */
function isBack({ by, certificate, version }: Use, present: Mapping, known: readonly Use[]): boolean {
  const last = known.find((use) => use.by === by && use.certificate.id === certificate.id)?.certificate
  if (!last || (by === 'presents' && present.pinnedDisabled)) return false
  // Every other mapping that is pinned has presented the version in use until it was.
  if (by === 'presents' && present.pinned !== undefined && version === last.current?.versionId) return true
  const { previous, currentSince = 0 } = last
  return previous?.versionId === version && !previous.rolledBack && present.revision <= currentSince
}

/** Whether it was promoted while it did nothing: enabling it is the promotion. */
function isUnproven({ pinned, pinnedDisabled }: Mapping): boolean {
  return pinned !== undefined && pinnedDisabled === true
}

interface TwoAccounts {
  readonly account: Account
  readonly next: Account
}

/** By which a target knows the account, beside the certificate. */
function newCredentials({ account, next }: TwoAccounts, present: Mapping | undefined, mapping: Mapping): string[] {
  const { targetAuth, messageSignature } = mapping
  const hasOtherAuth =
    targetAuth && (!present?.targetAuth || targetAuthKey(present.targetAuth) !== targetAuthKey(targetAuth))
  const hasOtherSignature =
    messageSignature &&
    (!present?.messageSignature ||
      messageSignatureKey(present.messageSignature) !== messageSignatureKey(messageSignature))
  const keys = neededSigningKeys(mapping).flatMap((use) => {
    const kid = activeSigningKey(next, use)?.kid
    return kid === undefined || kid === activeSigningKey(account, use)?.kid ? [] : [`signing key ${kid}`]
  })
  return [...(hasOtherAuth ? ['targetAuth'] : []), ...(hasOtherSignature ? ['messageSignature'] : []), ...keys]
}

function ofAppKeys(account: Account, next: Account): readonly GuardedEffect[] {
  if (account.appKeys === next.appKeys) return []
  // What it is called gives nobody anything.
  const rights = ({ scopes, services, expiresAt }: AppKey) => canonicalJson({ scopes, services, expiresAt })
  const before = new Map(account.appKeys.map((appKey) => [appKey.id, rights(appKey)]))
  return next.appKeys
    .filter((appKey) => appKey.scopes.includes('forward') && before.get(appKey.id) !== rights(appKey))
    .map(({ id }) => ({ action: 'app-key-forward', to: id }))
}

function ofInvitations(account: Account, next: Account): readonly GuardedEffect[] {
  if (account.invitations === next.invitations) return []
  const rights = ({ scopes, expiresAt }: Invitation) => canonicalJson({ scopes, expiresAt })
  const before = new Map(account.invitations?.map((invitation) => [invitation.id, rights(invitation)]))
  return (next.invitations ?? [])
    .filter(
      (invitation) => invitation.scopes.includes('mtls:admin') && before.get(invitation.id) !== rights(invitation),
    )
    .map(({ id }) => ({ action: 'invite-admin', to: id }))
}

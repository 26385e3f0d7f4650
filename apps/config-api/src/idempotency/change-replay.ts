import { limits, type Plan, type ReplacementRequest, type TrustDetails } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  type Change,
  isCodedError,
  parseCertificateId,
  type RecordId,
} from '@mtls-gateway/domain'
import { ApprovalRequested } from '@mtls-gateway/registry'
import type { Principal } from '@mtls-gateway/request-auth'
import type { AppKeyRegistry } from '../app-keys/app-key-registry.ts'
import { type ApprovalRegistry, deciderOf } from '../approvals/approval-registry.ts'
import type { CertificateCatalogue } from '../certificates/certificate-catalogue.ts'
import { madeIds } from '../changes/new-ids.ts'
import type { HandoverRegistry } from '../handovers/handover-registry.ts'
import type { InvitationRegistry } from '../invitations/invitation-registry.ts'
import type { MappingRegistry } from '../mappings/mapping-registry.ts'
import type { RenewalPlans } from '../plans/renewal-plans.ts'
import type { SettingsRegistry } from '../settings/settings-registry.ts'
import type { SigningKeyRegistry } from '../signing-keys/signing-key-registry.ts'
import { viewPastProbe } from '../staged-versions/staged-probe-view.ts'
import type { TrustRegistry } from '../trusts/trust-registry.ts'

export interface ReplayParts {
  readonly approvals: ApprovalRegistry
  readonly certificates: CertificateCatalogue
  readonly mappings: MappingRegistry
  readonly appKeys: AppKeyRegistry
  readonly handovers: HandoverRegistry
  readonly invitations: InvitationRegistry
  readonly settings: SettingsRegistry
  readonly signingKeys: SigningKeyRegistry
  readonly plans: RenewalPlans
  readonly trusts: TrustRegistry
}

/** The parts of a request that its answer depends on. */
export interface RepeatedRequest {
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly principal: Principal
}

/** An entry that has been deleted since. */
interface Gone {
  readonly id: string | number
  readonly deleted: true
}

/**
 * Answers for a change again: with what it has made, as it is now, in the shape of the change's own answer; never a
 * secret. Entries that were refused are left out, and so is what a probe found at each url.
 */
export class ChangeReplay {
  readonly #parts: ReplayParts

  constructor(parts: ReplayParts) {
    this.#parts = parts
  }

  /** Undefined for a change that no request makes, or that a later version of the gateway has made. */
  async answer(account: Account, change: Change, request: RepeatedRequest): Promise<unknown> {
    const { accountId } = account
    const { action } = change
    switch (action) {
      case 'document.apply':
        return { revision: change.revision, applied: true }
      case 'approvals.approve':
      case 'approvals.override':
      case 'approvals.refuse':
        return this.#parts.approvals.get(accountId, request.params.approvalId ?? '', deciderOf(request.principal))
      case 'approvals.request':
        return this.#requestAgain(account, idsOf(change, request)[0])
      case 'settings.change':
        return (await this.#parts.settings.get(accountId)).value
      case 'app-keys.create':
      case 'app-keys.delete':
        return this.#appKey(accountId, idsOf(change, request))
      case 'signing-keys.activate':
      case 'signing-keys.create':
      case 'signing-keys.delete':
        return this.#signingKey(accountId, idsOf(change, request)[0])
      case 'handovers.create':
      case 'handovers.revoke':
        return this.#handover(accountId, idsOf(change, request)[0], request.params.certificateId)
      case 'invitations.create':
        return this.#invitation(accountId, idsOf(change, request)[0])
      case 'invitations.revoke':
        // The change names the invitations that were revoked with it, too.
        return this.#invitation(accountId, request.params.invitationId)
      case 'mappings.create': {
        const views = await this.#mappings(accountId, idsOf(change, request, 'made'))
        return isOne(request) ? views[0] : views
      }
      case 'mappings.activate':
      case 'mappings.delete':
      case 'mappings.update': {
        const views = await this.#mappings(accountId, idsOf(change, request))
        return isOne(request) ? views[0] : views
      }
      case 'certificates.create':
        return saved(await this.#certificates(accountId, idsOf(change, request, 'made')))
      case 'certificates.replace':
        return saved(await this.#certificates(accountId, idsOf(change, request)))
      case 'certificates.request':
      case 'certificates.stage-request': {
        // The signing request is made with the private key, which is not read just for this.
        const [certificate] = await this.#certificates(accountId, idsOf(change, request))
        return { certificate, csr: null }
      }
      case 'certificates.issue':
        return this.#issued(accountId, idsOf(change, request)[0])
      case 'plans.set':
      case 'plans.remove':
        return this.#plan(accountId, idsOf(change, request)[0])
      case 'plans.renew-now':
        // The same request as then, which was checked.
        return this.#parts.plans.replacement(accountId, request.body as ReplacementRequest, change.at)
      case 'trusts.set':
      case 'trusts.delete':
        return this.#trust(accountId, request.params.trust)
      case 'certificates.complete':
      case 'certificates.complete-staged':
      case 'certificates.delete':
      case 'certificates.drop-previous':
      case 'certificates.drop-staged':
      case 'certificates.promote':
      case 'certificates.promote-mappings':
      case 'certificates.roll-back':
      case 'certificates.roll-back-mappings':
      case 'certificates.stage':
        return (await this.#certificates(accountId, idsOf(change, request)))[0]
      case 'certificates.probe-failed':
        return viewPastProbe(false)
      case 'certificates.probe-succeeded':
        return viewPastProbe(true)
      // Changes of the gateway itself, those noted before the change that has the key, and one that has none.
      case 'certificates.drop-old-previous':
      case 'certificates.note-revocation':
      case 'certificates.use-key-to-activate':
      case 'certificates.use-key-to-probe':
      case 'certificates.note-refusal':
      case 'certificates.use-key-to-try':
      case 'expiry-notices.claim':
      case 'expiry-notices.sent':
      case 'handovers.answer':
      case 'handovers.open':
      case 'invitations.redeem':
      case 'plans.fail':
      case 'plans.fetch':
      case 'plans.order':
      case 'notices.claim':
      case 'notices.sent':
        return undefined
      default:
        return unknownAction(action)
    }
  }

  /**
   * The request as it is now. Undefined: the account has forgotten it.
   * @throws ApprovalRequested: it is answered as the first time
   */
  #requestAgain(account: Account, id: string | undefined): undefined {
    const request = account.approvals?.find((each) => each.id === id)
    if (request) throw new ApprovalRequested({ account, request, isNew: false })
  }

  async #certificates(accountId: AccountId, ids: readonly string[]) {
    return present(ids, (await this.#parts.certificates.list(accountId, {})).value.items)
  }

  async #issued(accountId: AccountId, id = ''): Promise<unknown> {
    const [certificate] = await this.#certificates(accountId, [id])
    const plan = await this.#plan(accountId, id)
    const isPending = certificate && 'status' in certificate && certificate.status === 'PendingSignature'
    return isPending && !('deleted' in plan) ? { certificate, plan } : certificate
  }

  async #plan(accountId: AccountId, id = ''): Promise<Plan | { certificateId: number; deleted: true }> {
    const gone = { certificateId: Number(id), deleted: true } as const
    const certificateId = parseCertificateId(id)
    if (certificateId === undefined) return gone
    try {
      return (await this.#parts.plans.get(accountId, certificateId)).value
    } catch (error) {
      if (isCodedError(error) && (error.code === 'PLAN_NOT_FOUND' || error.code === 'CERTIFICATE_NOT_FOUND'))
        return gone
      throw error
    }
  }

  async #mappings(accountId: AccountId, ids: readonly string[]) {
    return present(ids, (await this.#parts.mappings.list(accountId, {})).value.items)
  }

  async #trust(accountId: AccountId, name = ''): Promise<TrustDetails | { name: string; deleted: true }> {
    try {
      return (await this.#parts.trusts.get(accountId, name)).value
    } catch (error) {
      if (isCodedError(error) && error.code === 'TRUST_NOT_FOUND') return { name, deleted: true }
      throw error
    }
  }

  async #appKey(accountId: AccountId, [id]: readonly string[]): Promise<unknown> {
    const { value } = await this.#parts.appKeys.list(accountId, {})
    const appKey = `${accountId}.${id}`
    return value.items.find((each) => each.appKey === appKey) ?? { appKey, deleted: true }
  }

  async #signingKey(accountId: AccountId, kid: string | undefined): Promise<unknown> {
    const { value } = await this.#parts.signingKeys.list(accountId, {})
    return value.items.find((each) => each.kid === kid) ?? { kid, deleted: true }
  }

  async #handover(accountId: AccountId, id: string | undefined, certificate: string | undefined): Promise<unknown> {
    const certificateId = parseCertificateId(certificate)
    if (certificateId === undefined) return { id, deleted: true }
    const { value } = await this.#parts.handovers.list(accountId, certificateId, {})
    return value.items.find((each) => each.id === id) ?? { id, deleted: true }
  }

  async #invitation(accountId: AccountId, id: string | undefined): Promise<unknown> {
    const { value } = await this.#parts.invitations.list(accountId, {})
    return value.items.find((each) => each.id === id) ?? { id, deleted: true }
  }
}

/** The compiler requires a case for each action that this version knows. */
function unknownAction(_action: never): undefined {
  return undefined
}

function saved(certificates: readonly unknown[]): unknown {
  return { successfulySavedCertificates: certificates, failedSaveToVaultCertificates: [] }
}

/**
 * The ids of what was changed: the few that the change names, or else those of the request, or those that it made,
 * which the request cannot name.
 */
function idsOf(
  { changeId, subjects, subjectCount }: Change,
  { body }: RepeatedRequest,
  otherwise: 'requested' | 'made' = 'requested',
): readonly string[] {
  if (subjectCount <= subjects.length) return subjects.map((subject) => subject.split(' ', 1)[0] ?? '')
  if (otherwise === 'made') return idsMadeBy(changeId, Math.min(subjectCount, limits.mappings))
  return Array.isArray(body) ? body.map((entry: { id?: unknown }) => String(entry?.id)) : []
}

function idsMadeBy(changeId: RecordId, count: number): readonly string[] {
  const next = madeIds(changeId)
  return Array.from({ length: count }, () => String(next()))
}

function present<View extends { readonly id: number }>(
  ids: readonly string[],
  views: readonly View[],
): readonly (View | Gone)[] {
  const byId = new Map(views.map((view) => [String(view.id), view]))
  return ids.map((id) => byId.get(id) ?? { id: Number(id), deleted: true })
}

function isOne({ params, body }: RepeatedRequest): boolean {
  return params.mappingId !== undefined || params.certificateId !== undefined || !Array.isArray(body)
}

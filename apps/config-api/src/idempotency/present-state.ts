import { limits } from '@mtls-gateway/contract'
import type { Account, AccountId, Change, RecordId } from '@mtls-gateway/domain'
import type { AppKeyRegistry } from '../app-keys/app-key-registry.ts'
import type { CertificateCatalogue } from '../certificates/certificate-catalogue.ts'
import { madeIds } from '../changes/new-ids.ts'
import type { MappingRegistry } from '../mappings/mapping-registry.ts'
import type { SettingsRegistry } from '../settings/settings-registry.ts'
import { viewPastProbe } from '../staged-versions/staged-probe-view.ts'

export interface PresentStateParts {
  readonly certificates: CertificateCatalogue
  readonly mappings: MappingRegistry
  readonly appKeys: AppKeyRegistry
  readonly settings: SettingsRegistry
}

/** What the change was asked for, as far as its answer depends on it. */
export interface RepeatedRequest {
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

/** An entry that is gone by now. */
interface Gone {
  readonly id: string | number
  readonly deleted: true
}

/**
 * What a change has made, as it is now, in the form of the answer that the change was given; never a secret. What was
 * refused beside it is not told again, nor what a probe found at each url.
 */
export class PresentState {
  readonly #parts: PresentStateParts

  constructor(parts: PresentStateParts) {
    this.#parts = parts
  }

  async of({ accountId }: Account, change: Change, request: RepeatedRequest): Promise<unknown> {
    const [kind, verb] = change.action.split('.')
    const ids = idsOf(change, request)
    if (kind === 'settings') return (await this.#parts.settings.get(accountId)).value
    if (kind === 'app-keys') return this.#appKey(accountId, ids)
    if (kind === 'mappings') {
      const views = present(ids, (await this.#parts.mappings.list(accountId, {})).value.items)
      return isOne(request) ? views[0] : views
    }
    if (verb === 'probe-succeeded' || verb === 'probe-failed') return viewPastProbe(verb === 'probe-succeeded')
    const views = present(ids, (await this.#parts.certificates.list(accountId, {})).value.items)
    if (verb === 'create' || verb === 'replace') {
      return { successfulySavedCertificates: views, failedSaveToVaultCertificates: [] }
    }
    // The request for a signature is made with the private key, which nobody reads for this.
    return verb === 'request' || verb === 'stage-request' ? { certificate: views[0], csr: null } : views[0]
  }

  async #appKey(accountId: AccountId, [id]: readonly string[]): Promise<unknown> {
    const { value } = await this.#parts.appKeys.list(accountId, {})
    const appKey = `${accountId}.${id}`
    return value.items.find((each) => each.appKey === appKey) ?? { appKey, deleted: true }
  }
}

/** The ids of what was changed: the few that the change names, else those that it made, else those of the request. */
function idsOf({ changeId, action, subjects, subjectCount }: Change, { body }: RepeatedRequest): readonly string[] {
  if (subjectCount <= subjects.length) return subjects.map((subject) => subject.split(' ', 1)[0] ?? '')
  if (action.endsWith('.create')) return idsMadeBy(changeId, Math.min(subjectCount, limits.mappings))
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

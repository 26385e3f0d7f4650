import type {
  CreatedHandover,
  HandoverAnswer,
  HandoverRequest,
  Handover as HandoverView,
  OpenedHandover,
  PageQuery,
  RegistrationFacts,
} from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  answerHandover,
  type Certificate,
  type CertificateId,
  type CommandContext,
  certificatePending,
  checkName,
  createHandover,
  digestOf,
  findCertificate,
  findHandover,
  findOpenHandover,
  type Handover,
  handoverActor,
  handoverVoid,
  isNewlyOpened,
  isRequested,
  openHandover,
  openHandovers,
  parseMappingId,
  revokeHandover,
} from '@mtls-gateway/domain'
import { registrationFacts } from '@mtls-gateway/key-material'
import { type AccountWriter, newRecordId } from '@mtls-gateway/registry'
import { type AppKeyMacs, hasRightMac, newInvitationSecret, parseInvitationSecret } from '@mtls-gateway/request-auth'
import type { Log } from '@mtls-gateway/service-kit'
import type { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf } from '../http/page.ts'

export interface HandoverRegistryParts {
  readonly writer: AccountWriter
  readonly records: VersionRecords
  readonly macs: AppKeyMacs
  readonly macKeys: DeploymentMacKeys
  /** The console's base url, without a slash at the end. */
  readonly consoleUrl: string | undefined
  readonly log: Log
}

/** The handovers of certificates. Each secret is in one answer only; the account has its digest. */
export class HandoverRegistry {
  readonly #parts: HandoverRegistryParts

  constructor(parts: HandoverRegistryParts) {
    this.#parts = parts
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND` */
  async list(accountId: AccountId, id: CertificateId, query: PageQuery): Promise<Versioned<Page<HandoverView>>> {
    const account = await this.#parts.writer.read(accountId)
    const certificate = findCertificate(account, id)
    const open = openHandovers(account, new Date().toISOString())
    const own = open.filter((handover) => handover.certificateId === id)
    const page = await pageOf(own, query, { idOf: (handover) => handover.id })
    const items = page.items.map((handover) => viewHandover(handover, certificate, account.mappings))
    return { value: { ...page, items }, revision: account.revision }
  }

  /** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, and those of `createHandover` */
  async create(
    accountId: AccountId,
    certificateId: CertificateId,
    request: HandoverRequest,
    context: CommandContext,
  ): Promise<CreatedHandover> {
    const { writer, macKeys, consoleUrl } = this.#parts
    const id = newRecordId()
    const code = newInvitationSecret('handover', { accountId, id }, await macKeys.newest())
    const command = createHandover(context, {
      id,
      certificateId,
      label: checkName('label', request.label),
      mappings: request.mappings.flatMap((mapping) => parseMappingId(mapping) ?? []),
      expiresAt: new Date(request.expiresAt).toISOString(),
      codeSha256: digestOf(code),
    })
    const { result, account } = await writer.change(accountId, context.changeId, command)
    // Browsers send no fragment to anybody, so no server on the way logs the code.
    const link = consoleUrl === undefined ? null : `${consoleUrl}/handover#code=${code}`
    return { ...viewHandover(result, findCertificate(account, certificateId), account.mappings), code, link }
  }

  /** @throws CodedError `HANDOVER_NOT_FOUND` */
  async revoke(
    accountId: AccountId,
    certificateId: CertificateId,
    id: string,
    context: CommandContext,
  ): Promise<HandoverView> {
    const command = revokeHandover(context, certificateId, id)
    const { result, account } = await this.#parts.writer.change(accountId, context.changeId, command)
    return viewHandover(result, findCertificate(account, certificateId), account.mappings)
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`, `STORE_DAMAGED` */
  async facts(accountId: AccountId, id: CertificateId): Promise<RegistrationFacts> {
    return this.#facts(accountId, findCertificate(await this.#parts.writer.read(accountId), id))
  }

  /**
   * What whoever has the code is shown. That it was opened is noted where it can be: what is asked for is the
   * certificate.
   * @throws CodedError `HANDOVER_VOID`, `STORE_DAMAGED`, `TOO_MANY_CALLS`
   */
  async open(code: string, address: string): Promise<OpenedHandover> {
    const { writer, log } = this.#parts
    const { accountId, key, handover } = await this.#find(code)
    const account = await writer.readInTurn(accountId)
    const context = contextOf(handover, address)
    const found = findHandover(account, key, context.at)
    const shown = await this.#show(account, found.handover, found.certificate)
    if (isNewlyOpened(found.handover, found.certificate)) {
      try {
        await writer.change(accountId, context.changeId, openHandover(context, key))
      } catch (error) {
        log.warn({ event: 'handover-opening-not-noted', err: error, account: accountId, handover: handover.id })
      }
    }
    return shown
  }

  /** @throws CodedError those of `answerHandover`, `STORE_DAMAGED`, `TOO_MANY_CALLS` */
  async answer({ code, ...answer }: HandoverAnswer, address: string): Promise<OpenedHandover> {
    const { accountId, key, handover } = await this.#find(code)
    const context = contextOf(handover, address)
    const mappings = answer.mappings.flatMap((mapping) => parseMappingId(mapping) ?? [])
    const command = answerHandover(context, key, { ...answer, mappings })
    const { result, account } = await this.#parts.writer.change(accountId, context.changeId, command)
    return this.#show(account, result, findCertificate(account, result.certificateId))
  }

  /**
   * Without a genuine code it costs nothing but a MAC; with a void one, no turn among the account's changes.
   * @throws CodedError `HANDOVER_VOID`
   */
  async #find(code: string) {
    const { writer, macs } = this.#parts
    const name = parseInvitationSecret('handover', code)
    if (name === undefined || !(await hasRightMac(code, macs))) throw handoverVoid()
    const { accountId, id } = name
    const key = { id, codeSha256: digestOf(code) }
    const handover = findOpenHandover(await writer.credentials(accountId), key, new Date().toISOString())
    return { accountId, key, handover }
  }

  async #show(account: Account, handover: Handover, certificate: Certificate): Promise<OpenedHandover> {
    const { label, expiresAt, mappings, note } = viewHandover(handover, certificate, account.mappings)
    return { ...(await this.#facts(account.accountId, certificate)), label, expiresAt, mappings, note }
  }

  async #facts(accountId: AccountId, { current, staged }: Certificate): Promise<RegistrationFacts> {
    const { records } = this.#parts
    if (!current) throw certificatePending()
    const next = staged && !isRequested(staged) ? staged : undefined
    const [ofCurrent, ofNext] = await Promise.all([
      records.readChain(accountId, current),
      next && records.readChain(accountId, next),
    ])
    return { current: registrationFacts(ofCurrent), next: ofNext ? registrationFacts(ofNext) : null }
  }
}

/** Whoever has the link acts in its name. */
function contextOf(handover: Handover, address: string): CommandContext {
  return { changeId: newRecordId(), at: new Date().toISOString(), actor: handoverActor(handover), address }
}

/** Mappings that have another certificate by now are no longer asked about, and not shown to anybody. */
function viewHandover(
  handover: Handover,
  { id: certificateId, staged, current }: Certificate,
  mappings: Account['mappings'],
): HandoverView {
  const { id, label, createdAt, createdBy, expiresAt, opened, registered = [], note = null } = handover
  const asked = new Set(handover.mappings)
  const version = (staged && !isRequested(staged) ? staged : current)?.versionId
  const own = mappings.filter((mapping) => asked.has(mapping.id) && mapping.certificateId === certificateId)
  const views = own.map((mapping) => {
    const said = registered.find((each) => each.mapping === mapping.id && each.version === version)
    return { id: mapping.id, url: mapping.url, registeredAt: said?.at ?? null }
  })
  return { id, label, mappings: views, note, createdAt, createdBy, expiresAt, openedAt: opened?.at ?? null }
}

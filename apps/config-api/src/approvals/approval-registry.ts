import type {
  ApprovalDecision,
  ApprovalQuery,
  ApprovalRefusal,
  ApprovalRequest as ApprovalRequestView,
} from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  type ApprovalContent,
  type ApprovalRequest,
  approvalState,
  approveRequest,
  CodedError,
  type CommandContext,
  checkName,
  contentOf,
  type Decider,
  findRequest,
  isApprover,
  isAsker,
  isOutdated,
  maxApprovalReason,
  refuseRequest,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import { type AccountWriter, type RequestedApproval, readApproval } from '@mtls-gateway/registry'
import type { Principal } from '@mtls-gateway/request-auth'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf } from '../http/page.ts'
import type { ApprovalMetrics } from './approval-metrics.ts'
import { type ApprovalSight, viewApproval, viewChanges } from './approval-view.ts'

export interface ApprovalRegistryParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly services: ServiceCatalogue
  readonly metrics: ApprovalMetrics
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Requests for the word of a second person, and what becomes of them. */
export class ApprovalRegistry {
  readonly #parts: ApprovalRegistryParts

  constructor(parts: ApprovalRegistryParts) {
    this.#parts = parts
  }

  async list(
    accountId: AccountId,
    { state, ...query }: ApprovalQuery,
    decider: Decider,
  ): Promise<Versioned<Page<ApprovalRequestView>>> {
    const account = await this.#parts.writer.read(accountId)
    const { approvals = [], revision } = account
    const at = new Date().toISOString()
    const page = await pageOf(approvals.toReversed(), query, {
      idOf: ({ id }) => id,
      isAskedFor: (request) =>
        mayLook(account, request, decider) && (state === undefined || approvalState(request, at) === state),
    })
    const view = (request: ApprovalRequest) => this.#view(account, request, decider)
    return { value: { ...page, items: page.items.map(view) }, revision }
  }

  /** With what it changes. @throws CodedError `APPROVAL_NOT_FOUND`, `STORE_DAMAGED` */
  async get(accountId: AccountId, id: string, decider: Decider): Promise<ApprovalRequestView> {
    const account = await this.#parts.writer.read(accountId)
    return this.#withChanges(account, findVisible(account, id, decider), decider)
  }

  /** @throws CodedError of `approveRequest`, and of a change */
  async approve(
    accountId: AccountId,
    id: string,
    { reason: said, emergency }: ApprovalDecision,
    decider: Decider,
    context: CommandContext,
  ): Promise<ApprovalRequestView> {
    const { writer, metrics, log } = this.#parts
    const reason = checkedReason(said)
    const before = await writer.readInTurn(accountId)
    const content = await this.#read(before, findVisible(before, id, decider))
    const command = approveRequest(context, id, { decider, content, reason, emergency: emergency ?? false })
    const { account, result } = await writer.change(accountId, context.changeId, command)
    metrics.count(emergency ? 'overridden' : 'approved')
    const fields = { account: accountId, approval: id, operation: result.operation, by: decider.subject }
    if (emergency) {
      const overridden = { event: 'approval-overridden', ...fields, requestedBy: result.requestedBy, reason }
      log.warn(overridden, 'an operator has approved a change by the emergency way')
    } else log.info({ event: 'approval-approved', ...fields }, 'a change was approved')
    return this.#viewWhole(result, this.#sight(account, decider), content)
  }

  /** @throws CodedError of `refuseRequest`, and of a change */
  async refuse(
    accountId: AccountId,
    id: string,
    { reason: said }: ApprovalRefusal,
    decider: Decider,
    context: CommandContext,
  ): Promise<ApprovalRequestView> {
    const { writer, metrics } = this.#parts
    const reason = checkedReason(said)
    findVisible(await writer.readInTurn(accountId), id, decider)
    const command = refuseRequest(context, id, { decider, reason })
    const { account, result } = await writer.change(accountId, context.changeId, command)
    metrics.count('refused')
    return this.#withChanges(account, result, decider)
  }

  /** A request that was made a moment ago, for whoever has asked. */
  viewRequested({ account, request, content }: RequestedApproval, decider: Decider): Promise<ApprovalRequestView> {
    return this.#viewWhole(request, this.#sight(account, decider), content)
  }

  #view(account: Account, request: ApprovalRequest, decider: Decider): ApprovalRequestView {
    return viewApproval(request, this.#sight(account, decider))
  }

  async #withChanges(account: Account, request: ApprovalRequest, decider: Decider): Promise<ApprovalRequestView> {
    const sight = this.#sight(account, decider)
    const content = await this.#read(account, request)
    if (content === undefined) return viewApproval(request, sight)
    const outdated = await stepsInTurns(isOutdated(account, request, content, sight.at))
    return this.#viewWhole(request, { ...sight, isOutdated: outdated }, content)
  }

  async #viewWhole(
    request: ApprovalRequest,
    sight: ApprovalSight,
    content: ApprovalContent | undefined,
  ): Promise<ApprovalRequestView> {
    return viewApproval(request, { ...sight, ...(content && { changes: await viewChanges(content, sight) }) })
  }

  /** @throws CodedError `STORE_DAMAGED`: a request that waits has lost what it changes */
  async #read({ accountId }: Account, request: ApprovalRequest): Promise<ApprovalContent | undefined> {
    const text = await readApproval(this.#parts.store, accountId, request.id)
    if (text !== undefined) return stepsInTurns(contentOf(request, text))
    if (request.decision) return undefined
    const message = 'The store has lost what this request changes. Refuse it, and have it asked for again.'
    throw new CodedError('STORE_DAMAGED', message)
  }

  #sight(account: Account, decider: Decider) {
    return { account, decider, services: this.#parts.services, at: new Date().toISOString() }
  }
}

/** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED` */
function checkedReason(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : checkName('reason', reason, maxApprovalReason)
}

/** Whoever decides, as far as their credentials tell. */
export function deciderOf({ kind, subject, scopes, accounts, invitation }: Principal): Decider {
  const isPerson = kind === 'bearer' && invitation === undefined && !isOfWorkload(subject)
  return { subject, scopes, isPerson, isOperator: isPerson && accounts === '*' && scopes.has('mtls:admin') }
}

/** By its SPIFFE ID, also behind an issuer: a workload has several tokens and certificates, with several subjects. */
function isOfWorkload(subject: string): boolean {
  return /(?:^|#)spiffe:\/\//i.test(subject)
}

/** Requests may show settings, app keys and invitations, which only administrators see. */
function mayLook(account: Account, request: ApprovalRequest, decider: Decider): boolean {
  return decider.scopes.has('mtls:admin') || isApprover(account, decider) || isAsker(request, decider)
}

/** @throws CodedError `APPROVAL_NOT_FOUND` */
function findVisible(account: Account, id: string, decider: Decider): ApprovalRequest {
  const request = findRequest(account, id)
  return mayLook(account, request, decider) ? request : findRequest({}, id)
}

import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateVersion,
  type CheckedRevocation,
  isCodedError,
  isNewRevocation,
  noteRevocations,
  type RevocationSource,
} from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import {
  type KeyMaterialPool,
  ocspRequest,
  type RevocationAnswerInput,
  type RevocationQuestion,
  type RevocationStatus,
  revocationQuestion,
} from '@mtls-gateway/key-material'
import { type AuthorityRequests, isTransportError } from '@mtls-gateway/outbound'
import { type AccountWriter, ownChange, readRecord } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import pMap from 'p-map'

/** How the check of a certificate ended; `silent`: its issuer could not be asked, or said nothing that counts. */
export const checkOutcomes = ['good', 'revoked', 'unknown', 'silent', 'unasked'] as const
export type CheckOutcome = (typeof checkOutcomes)[number]

export interface RevocationCheckParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly keyMaterial: Pick<KeyMaterialPool, 'readRevocation'>
  readonly authorities: AuthorityRequests
  readonly count: (outcome: CheckOutcome) => void
}

const askedAtOnce = 4
const limits = {
  ocsp: { maxBytes: 64 * 1024, deadlineMs: 10_000 },
  crl: { maxBytes: 4 * 1024 * 1024, deadlineMs: 30_000 },
} as const
/** In a row, from one host: one url may be wrong, or its list too long, while its others are right. */
const mostFailures = 3
/** An account with more of them has chosen hosts that are no issuers', or many names of one. */
const mostFailedHosts = 100
/** What the answers for one account may come to: ten thousand by OCSP have 20 MiB. */
const mostBytes = 64 * 1024 * 1024
/** Statuses of a host that wants to be left alone. */
const isOverloaded = /^(429|5\d\d)$/

interface Asked {
  readonly certificate: Certificate
  readonly version: CertificateVersion
  readonly question: RevocationQuestion
}

interface Known {
  readonly status: RevocationStatus
  readonly source: RevocationSource
}

export interface RevocationRun {
  /** As it is then. */
  readonly account: Account
  /** Why some of its certificates were not checked. */
  readonly failure: unknown
}

/** Asks the issuers of an account's certificates whether those in use are revoked. */
export class RevocationCheck {
  readonly #parts: RevocationCheckParts
  /** Each chain takes half a millisecond to read, and the embedded store gives the next one at once. */
  readonly #slices = new TimeSlices()

  constructor(parts: RevocationCheckParts) {
    this.#parts = parts
  }

  /**
   * In no fixed order, so that what one run has no time for is not always the same. A certificate that can't be checked
   * keeps no other from it.
   * @throws CodedError of the store, if what was found can't be kept
   */
  async run(account: Account, signal: AbortSignal): Promise<RevocationRun> {
    const run = new AccountRun(this.#parts, this.#slices, account.accountId, signal)
    await run.check(account.certificates.toSorted(() => Math.random() - 0.5))
    return { account: await this.#keep(account, run.checked), failure: run.failure }
  }

  async #keep(account: Account, checked: readonly CheckedRevocation[]): Promise<Account> {
    const { writer } = this.#parts
    const byId = new Map(account.certificates.map((each) => [each.id, each]))
    const isNews = checked.some((each) => {
      const certificate = byId.get(each.id)
      return certificate !== undefined && isNewRevocation(certificate, each)
    })
    if (!isNews) return account
    const context = ownChange(Date.now())
    return (await writer.change(account.accountId, context.changeId, noteRevocations(context, checked))).account
  }
}

/** One pass over the certificates of an account. */
class AccountRun {
  readonly #parts: RevocationCheckParts
  readonly #slices: TimeSlices
  readonly #accountId: AccountId
  readonly #signal: AbortSignal
  /** Hosts that did not answer, or had no time: they cost one deadline, however many certificates name them. */
  readonly #dead = new Set<string>()
  /** How often in a row a host has answered nothing that counts, by what it was asked for. */
  readonly #failures = new Map<string, number>()
  #bytesLeft = mostBytes
  /** The same for all that is found in one run: people are told of that together. */
  readonly #foundAt = new Date().toISOString()
  readonly checked: CheckedRevocation[] = []
  /** What kept the first certificate of those from being checked that were not. */
  failure: unknown

  constructor(parts: RevocationCheckParts, slices: TimeSlices, accountId: AccountId, signal: AbortSignal) {
    this.#parts = parts
    this.#slices = slices
    this.#accountId = accountId
    this.#signal = signal
  }

  async check(certificates: readonly Certificate[]): Promise<void> {
    const left: Asked[] = []
    await pMap(
      certificates,
      async (certificate) => {
        const asked = await this.#orNoted(() => this.#questionAbout(certificate))
        if (!asked) return
        const known = await this.#orNoted(() => this.#askResponder(asked.question))
        if (known) this.#note(asked, known)
        else left.push(asked)
      },
      { concurrency: askedAtOnce },
    )
    await this.#askLists(left)
  }

  async #orNoted<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.failure ??= error
      return undefined
    }
  }

  async #questionAbout(certificate: Certificate): Promise<Asked | undefined> {
    const { current: version } = certificate
    if (!version || this.#signal.aborted) return undefined
    const stored = await readRecord(this.#parts.store, 'chains', this.#accountId, version.versionId)
    if (this.#slices.isOver) await this.#slices.next()
    const question = stored && questionOf(stored)
    if (question) return { certificate, version, question }
    this.#parts.count('unasked')
    return undefined
  }

  async #askResponder(question: RevocationQuestion): Promise<Known | undefined> {
    const { issuer, ocspUrls } = question
    const body = { type: 'application/ocsp-request', bytes: ocspRequest(question) }
    for (const url of ocspUrls) {
      const [status] = (await this.#ask(url, { kind: 'ocsp', issuer, certificates: [named(question)] }, body)) ?? []
      if (status) return { status, source: 'ocsp' }
    }
    return undefined
  }

  /** Many certificates name the same list, which is fetched and read once for all. */
  async #askLists(asked: readonly Asked[]): Promise<void> {
    let left = asked
    for (const at of [0, 1]) {
      const byList = Map.groupBy(left, ({ question }) => `${question.crlUrls[at] ?? ''} ${question.issuer}`)
      const groups: (readonly Asked[])[] = []
      for (const group of byList.values()) groups.push((await this.#orNoted(() => this.#askList(group, at))) ?? group)
      left = groups.flat()
    }
    for (const _ of left) this.#parts.count('silent')
  }

  /** @returns those about which it says nothing */
  async #askList(group: readonly Asked[], at: number): Promise<readonly Asked[]> {
    const [first] = group
    const url = first?.question.crlUrls[at]
    if (!first || url === undefined) return group
    const certificates = group.map(({ question }) => named(question))
    const statuses = await this.#ask(url, { kind: 'crl', issuer: first.question.issuer, certificates })
    if (!statuses) return group
    for (const [index, each] of group.entries()) {
      const status = statuses[index]
      if (status) this.#note(each, { status, source: 'crl' })
    }
    return []
  }

  #note({ certificate: { id }, version: { fingerprintSha256 } }: Asked, { status, source }: Known): void {
    this.#parts.count(status.state)
    if (status.state === 'unknown') return
    const foundAt = this.#foundAt
    this.checked.push({
      id,
      fingerprintSha256,
      ...(status.state === 'revoked' && {
        revocation: { fingerprintSha256, revokedAt: status.at, foundAt, reason: status.reason, source },
      }),
    })
  }

  /** @returns undefined if nothing came that counts, or the host is not asked any more in this run */
  async #ask(
    url: string,
    about: Omit<RevocationAnswerInput, 'answer'>,
    body?: { readonly type: string; readonly bytes: Uint8Array },
  ): Promise<readonly RevocationStatus[] | undefined> {
    const { host } = new URL(url)
    const asked = `${about.kind} ${host}`
    if (this.#signal.aborted || !this.#mayAsk(host, asked)) return undefined
    const answer = await this.#fetch(url, host, about.kind, body)
    const read = answer && (await this.#parts.keyMaterial.readRevocation(this.#accountId, { ...about, answer }))
    if (read && 'statuses' in read) {
      this.#failures.delete(asked)
      return read.statuses
    }
    this.#failures.set(asked, (this.#failures.get(asked) ?? 0) + 1)
    return undefined
  }

  /** Whoever has uploaded a certificate has chosen its urls: they may be a stranger's, who wants none of this. */
  #mayAsk(host: string, asked: string): boolean {
    if (this.#bytesLeft <= 0 || this.#dead.has(host)) return false
    return (this.#failures.get(asked) ?? 0) < mostFailures && this.#failures.size < mostFailedHosts
  }

  async #fetch(
    url: string,
    host: string,
    kind: RevocationSource,
    body: { readonly type: string; readonly bytes: Uint8Array } | undefined,
  ): Promise<Buffer | undefined> {
    const { maxBytes, deadlineMs } = limits[kind]
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(deadlineMs)])
    const onBytes = (count: number) => {
      this.#bytesLeft -= count
    }
    try {
      return await this.#parts.authorities.ask(this.#accountId, {
        url,
        maxBytes,
        onBytes,
        signal,
        ...(body && { body }),
      })
    } catch (error) {
      const hasAnswered = isTransportError(error) && error.code === 'MALFORMED_RESPONSE'
      if (!hasAnswered || isOverloaded.test(error.detail)) this.#dead.add(host)
      return undefined
    }
  }
}

function named({ serial, certId }: RevocationQuestion) {
  return { serial, certId }
}

function questionOf(stored: Parameters<typeof revocationQuestion>[0]): RevocationQuestion | undefined {
  try {
    return revocationQuestion(stored)
  } catch (error) {
    // It was stored before the current rules.
    if (isCodedError(error) && error.code === 'STORE_DAMAGED') return undefined
    throw error
  }
}

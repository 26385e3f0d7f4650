import type { BulkheadLimits, Bulkheads } from '@mtls-gateway/bulkhead'
import { CodedError, type ErrorCode, type SigningAlgorithm } from '@mtls-gateway/domain'
import { type Isolation, noIsolation, type Ranks } from '@mtls-gateway/isolated-jobs'
import type { AccountCa } from '../account-ca/make-ca.ts'
import type { SignOrder } from '../account-ca/sign-request.ts'
import { failedExamination } from '../examine/report-draft.ts'
import { checkLimits, checkSignedLimits } from '../input/input-limits.ts'
import type { KeyMaterialInput } from '../input/key-material-input.ts'
import { maxIterations, ordinaryIterations } from '../input/limits.ts'
import type { SignedInput } from '../input/signed-input.ts'
import { Fault } from '../report/fault.ts'
import type { Examination, SignedExamination, TestReport } from '../report/report.ts'
import type { RevocationAnswer, RevocationAnswerInput } from '../revocation/revocation-answer.ts'
import type { MadeSigningKey } from '../signing-key/make-signing-key.ts'
import type { RequestSpec, SigningRequest } from '../signing-request/request-spec.ts'
import {
  notCertificates,
  type TrustedCas,
  type TrustedCasInput,
  tooExpensiveCertificates,
} from '../trust/trusted-cas.ts'
import { ChildPool, type Examined } from './child-pool.ts'

export interface KeyMaterialPoolOptions {
  /** Where the pools of children are opened. */
  readonly bulkheads: Bulkheads
  /** Shared by the whole service: which of an account's processes goes first. */
  readonly ranks: Ranks
  /** Children that one account has for ordinary files at once. Default 2. For expensive files and to make keys: one. */
  readonly children?: number
  /** Files of one account that may wait for a child. Default 200; a quarter of that for expensive ones and new keys. */
  readonly maxWaiting?: number
  /** A child is replaced after this many files. Default 500. */
  readonly filesPerChild?: number
  /** Processor time until an expensive file's child is killed. Default 15 s. */
  readonly deadlineMs?: number
  /** Processor time until a file leaves its ordinary child and starts again among the expensive ones. Default 3 s. */
  readonly ordinaryDeadlineMs?: number
  /** Resident memory of a child, in bytes. Default 384 MiB. */
  readonly maxRssBytes?: number
  /** The isolation of the children; none by default. */
  readonly isolation?: Isolation
}

/** The longest wait for an answer. */
const maxWaitMs = 60_000
/** How long a child may wait for a processor. On a busy machine, the lowest priority gets about 4 s in that time. */
const waitMs = 30_000

/**
 * Examines uploaded key material in warm child processes. A worker thread would not be enough: it shares memory, native
 * threads and crashes with the process. A hostile file only gets an error; an expensive file delays only other
 * expensive files and those of its account.
 */
export class KeyMaterialPool {
  readonly #ordinary: ChildPool
  readonly #expensive: ChildPool
  readonly #generation: ChildPool

  constructor(options: KeyMaterialPoolOptions) {
    const { bulkheads, ranks, children = 2, maxWaiting = 200, filesPerChild = 500 } = options
    const { deadlineMs = 15_000, ordinaryDeadlineMs = 3_000, maxRssBytes = 384 * 1024 * 1024 } = options
    const { isolation = noIsolation } = options
    const common = { ranks, filesPerChild, waitMs, maxRssBytes, isolation }
    const few = limitsOf(1, Math.ceil(maxWaiting / 4))
    this.#ordinary = new ChildPool({
      ...common,
      places: bulkheads.open('key-files', limitsOf(children, maxWaiting)),
      warm: 1,
      // Starting a child takes longer than reading most of these files.
      spare: 2,
      deadlineMs: ordinaryDeadlineMs,
    })
    const rare = { ...common, spare: 0, warm: 0, deadlineMs }
    this.#expensive = new ChildPool({ ...rare, places: bulkheads.open('expensive-key-files', few) })
    // Separate from files: finding primes can take several seconds, and no file should wait for that.
    this.#generation = new ChildPool({ ...rare, places: bulkheads.open('key-generation', few) })
  }

  /**
   * Problems of the file are in the report, never thrown.
   *
   * @throws CodedError `SHUTTING_DOWN`, `TOO_MANY_BODIES` (with `retryAfterSeconds`), `INTERNAL_ERROR` (no child can be
   *   started)
   */
  async examine(account: string, input: KeyMaterialInput): Promise<Examination> {
    const refused = refuseFault(() => checkLimits(input))
    if (refused) return refused
    const outcome = await this.#ordinary.run(account, { kind: 'examine', input, allowance: ordinaryIterations })
    const needsTime = outcome.kind === 'needs-expensive-child' || outcome.kind === 'deadline'
    const job = { kind: 'examine' as const, input, allowance: maxIterations }
    return conclude(needsTime ? await this.#expensive.run(account, job) : outcome, input)
  }

  /**
   * Like {@link examine}, for a certificate whose key is elsewhere.
   *
   * @throws CodedError like {@link examine}
   */
  async examineSigned(account: string, input: SignedInput): Promise<SignedExamination> {
    const refused = refuseFault(() => checkSignedLimits(input))
    if (refused) return refused
    const outcome = await this.#ordinary.run(account, { kind: 'examine-signed', input })
    return outcome.kind === 'signed-examined' ? outcome.examination : unreadable(outcome, 'PEM_MALFORMED')
  }

  /**
   * Reads certificates of CAs. Returns one result per text, in order.
   *
   * @throws CodedError as {@link examine}
   */
  async readTrustedCas(account: string, input: TrustedCasInput): Promise<readonly TrustedCas[]> {
    const outcome = await this.#ordinary.run(account, { kind: 'read-trusted-cas', input })
    if (outcome.kind === 'trusted-cas-read') return outcome.read
    return input.texts.map(outcome.kind === 'crash' ? notCertificates : tooExpensiveCertificates)
  }

  /**
   * Reads and checks what an OCSP responder or a CRL says.
   *
   * @throws CodedError as {@link examine}
   */
  async readRevocation(account: string, input: RevocationAnswerInput): Promise<RevocationAnswer> {
    const outcome = await this.#ordinary.run(account, { kind: 'read-revocation', input })
    if (outcome.kind === 'revocation-read') return outcome.answer
    return { fault: outcome.kind === 'crash' ? 'malformed' : 'expensive' }
  }

  /**
   * Makes a key pair and its signing request.
   *
   * @throws CodedError as {@link examine}
   */
  async makeRequest(account: string, spec: RequestSpec): Promise<SigningRequest> {
    const outcome = await this.#generation.run(account, { kind: 'make-request', spec })
    if (outcome.kind === 'request-made') return outcome.request
    throw new CodedError('INTERNAL_ERROR', 'Making the key took too long. Send the request again.')
  }

  /**
   * Makes a key for JWS. Who calls it stores its private part at once, and nowhere but where such keys are.
   *
   * @throws CodedError as {@link examine}
   */
  async makeSigningKey(account: string, algorithm: SigningAlgorithm): Promise<MadeSigningKey> {
    const outcome = await this.#generation.run(account, { kind: 'make-signing-key', algorithm })
    if (outcome.kind === 'signing-key-made') return outcome.key
    throw new CodedError('INTERNAL_ERROR', 'Making the key took too long. Send the request again.')
  }

  /**
   * Makes the CA of an account. Who calls it stores its key at once, and nowhere but where keys are.
   *
   * @throws CodedError as {@link examine}
   */
  async makeCa(account: string, commonName: string): Promise<AccountCa> {
    const outcome = await this.#generation.run(account, { kind: 'make-ca', commonName })
    if (outcome.kind === 'ca-made') return outcome.ca
    throw new CodedError('INTERNAL_ERROR', 'Making the CA took too long. Send the request again.')
  }

  /**
   * Signs a request by the CA of an account, in a child that makes keys and sees no file. For where this process has
   * the CA's key anyway.
   * @returns PEM
   * @throws CodedError as {@link examine}, `VALIDATION_FAILED`
   */
  async signRequest(account: string, ca: AccountCa, order: SignOrder): Promise<string> {
    const outcome = await this.#generation.run(account, { kind: 'sign-request', ca, order })
    if (outcome.kind === 'request-signed') return outcome.certificate
    if (outcome.kind === 'request-refused') {
      throw new CodedError('VALIDATION_FAILED', 'This is not a signing request in PEM, signed by its own key.')
    }
    throw new CodedError('INTERNAL_ERROR', 'Signing took too long. Send the request again.')
  }

  /** Ends the children. Running and waiting jobs reject with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    await Promise.all([this.#ordinary.close(), this.#expensive.close(), this.#generation.close()])
  }
}

/** One child is kept for accounts that have none, and half of the waiting places for accounts with nothing waiting. */
function limitsOf(children: number, maxWaiting: number): BulkheadLimits {
  const waiting = { total: 8 * maxWaiting, share: maxWaiting, reserve: 4 * maxWaiting, limitMs: maxWaitMs }
  return { total: children + 1, share: children, reserve: 1, waiting }
}

/** The examination of a file that is too big, which no child gets to see. */
function refuseFault(check: () => void): { readonly report: TestReport } | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof Fault) return failedExamination(error)
    throw error
  }
}

function conclude(outcome: Examined, input: KeyMaterialInput): Examination {
  if (outcome.kind === 'examined') return outcome.examination
  return unreadable(outcome, input.kind === 'pem' ? 'PEM_MALFORMED' : 'P12_DAMAGED')
}

function unreadable({ kind }: Examined, damaged: ErrorCode): { readonly report: TestReport } {
  if (kind !== 'crash') {
    const excess = kind === 'memory' ? 'memory' : 'time'
    return failedExamination(
      new Fault('P12_TOO_EXPENSIVE', `Reading the file took more ${excess} than a file may. Export it again.`),
    )
  }
  return failedExamination(
    new Fault(damaged, 'The file is damaged so badly that no reader can cope with it. Export it again.'),
  )
}

import {
  type AccountId,
  type Certificate,
  type CertificateId,
  type CommandContext,
  certificatePending,
  completeRequest,
  findCertificate,
  isCodedError,
  pendingRequest,
  type RequestedVersion,
  refuseTakenName,
  requestCertificate,
  stageVersion,
  type VersionDifference,
} from '@mtls-gateway/domain'
import { chooseError, type KeyMaterialPool, type RequestSpec } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import { stagedDifferences } from '../certificates/versions/version-comparison.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import { newCertificateIds } from '../changes/new-ids.ts'
import { CompletedRequests, type SignedCertificate } from './completed-requests.ts'

/** A certificate that waits for its signature, and its signing request. */
export interface Requested {
  readonly certificate: Certificate
  /** PKCS#10 PEM. */
  readonly csr: string
}

/** A key that was made and stored, and what a CA is to sign. */
export interface MadeRequest {
  readonly request: RequestedVersion
  /** PKCS#10 PEM. */
  readonly csr: string
}

export interface SigningRequestsParts {
  readonly writer: AccountWriter
  readonly keyMaterial: KeyMaterialPool
  readonly records: VersionRecords
  readonly changes: VersionChanges
}

/** Makes keys and their signing requests, and accepts the signed certificates. The keys never leave the store. */
export class SigningRequests {
  readonly #parts: SigningRequestsParts
  readonly #completed: CompletedRequests

  constructor(parts: SigningRequestsParts) {
    this.#parts = parts
    this.#completed = new CompletedRequests(parts)
  }

  /** A new certificate with its first key. @throws CodedError `CERTIFICATE_NAME_TAKEN` */
  async create(account: AccountId, context: CommandContext, name: string, spec: RequestSpec): Promise<Requested> {
    const { writer, changes } = this.#parts
    // Checked early, so that no key is made in vain. The command checks again.
    refuseTakenName(await writer.readInTurn(account), name)
    const { request, csr } = await this.makeRequest(account, context, spec)
    const command = requestCertificate(context, { id: newCertificateIds(context.changeId)(), name, request })
    return { certificate: await changes.make(account, context, command, request), csr }
  }

  /**
   * A new key for a certificate, staged until it is signed and promoted. Subject and names default to those of the
   * version in use.
   * @throws CodedError `CERTIFICATE_NOT_FOUND`; `CERTIFICATE_PENDING_SIGNATURE` (no version is in use to take a subject
   *   from); `VERSION_CHANGED`, `STORE_DAMAGED`
   */
  async renew(account: AccountId, context: CommandContext, id: CertificateId, spec: RequestSpec): Promise<Requested> {
    const { writer, changes } = this.#parts
    const certificate = findCertificate(await writer.readInTurn(account), id)
    const { request, csr } = await this.makeRenewal(account, context, certificate, spec)
    return { certificate: await changes.make(account, context, stageVersion(context, id, request), request), csr }
  }

  /** The key and the request of {@link renew}, which the caller stages. @throws CodedError as {@link renew} */
  async makeRenewal(
    account: AccountId,
    context: CommandContext,
    certificate: Certificate,
    spec: RequestSpec,
  ): Promise<MadeRequest> {
    const isWhole = spec.subject !== undefined && spec.subjectAltNames !== undefined
    const whole = isWhole ? spec : { ...spec, ...(await this.#renewed(account, certificate, spec)) }
    return this.makeRequest(account, context, whole)
  }

  /** A key, which is stored, and its request. */
  async makeRequest(account: AccountId, context: CommandContext, spec: RequestSpec): Promise<MadeRequest> {
    const { keyMaterial, records } = this.#parts
    const { privateKey, csr, spkiSha256, subject } = await keyMaterial.makeRequest(account, spec)
    const keyId = await records.storeKey(account, privateKey)
    return { request: { keyId, spkiSha256, keyType: spec.keyType, subject, createdAt: context.at }, csr }
  }

  /**
   * Accepts what a CA has signed. It is checked against the account alone; no key is read. A repeated upload, whose
   * first answer was lost, gets the same answer, even if the first one has outdated its If-Match (RFC 9110 section
   * 13.1.1).
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `NO_PENDING_REQUEST`, `VERSION_CHANGED`; what is wrong with the
   *   certificate
   */
  async complete(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    signed: SignedCertificate,
  ): Promise<Certificate> {
    try {
      return await this.#complete(account, context, id, signed)
    } catch (error) {
      // Looked up only now, which also decides between two that arrive at the same moment.
      const isDone = isCodedError(error) && error.code === 'NO_PENDING_REQUEST'
      const completed = isDone ? await this.#completed.find(account, context, id, signed) : undefined
      if (!completed) throw error
      return completed
    }
  }

  /** In what the next version, once it is completed, differs from the one in use. */
  differences(account: AccountId, certificate: Certificate): Promise<readonly VersionDifference[] | undefined> {
    return stagedDifferences(this.#parts.records, account, certificate)
  }

  async #complete(
    account: AccountId,
    context: CommandContext,
    id: CertificateId,
    { place, pem }: SignedCertificate,
  ): Promise<Certificate> {
    const { writer, keyMaterial, records, changes } = this.#parts
    const { keyId, spkiSha256 } = pendingRequest(findCertificate(await writer.readInTurn(account), id), place)
    const { report, chain } = await keyMaterial.examineSigned(account, { certificates: pem, spkiSha256 })
    if (!chain) throw chooseError(report)
    const versionId = await records.storeChain(account, chain)
    const warnings = report.problems.map(({ code }) => code)
    const version = { ...chain.facts, versionId, keyId, createdAt: context.at, warnings }
    return changes.make(account, context, completeRequest(context, id, { place, version }), { versionId })
  }

  async #renewed(
    account: AccountId,
    { id, current }: Certificate,
    { subject }: RequestSpec,
  ): Promise<Pick<RequestSpec, 'renewed'>> {
    const { writer, records } = this.#parts
    if (!current) {
      if (subject === undefined) throw certificatePending()
      return {}
    }
    const named = { account, id, versionId: current.versionId }
    const { leaf } = await readNamed(writer, named, () => records.readChain(account, current))
    return { renewed: leaf }
  }
}

import {
  type Certificate,
  type CertificateDetails,
  type CertificateFilters,
  type CertificateQuery,
  type CertificateSummary,
  certificateOperations as operations,
  type SaveResult,
} from '@mtls-gateway/contract'
import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Header, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { CertificateCatalogue } from './certificate-catalogue.ts'
import { saveResult } from './save-result.ts'
import { CertificateOnboarding } from './upload/certificate-onboarding.ts'
import { jsonEntry } from './upload/read-entries.ts'

/** Uploads as JSON, and reading certificates. */
@Controller()
export class CertificatesController {
  readonly #onboarding: CertificateOnboarding
  readonly #catalogue: CertificateCatalogue

  constructor(
    @Inject(CertificateOnboarding) onboarding: CertificateOnboarding,
    @Inject(CertificateCatalogue) catalogue: CertificateCatalogue,
  ) {
    this.#onboarding = onboarding
    this.#catalogue = catalogue
  }

  @Operation(operations.createCertificates)
  async create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createCertificates) bodies: readonly unknown[],
  ): Promise<SaveResult> {
    return saveResult(account, await this.#onboarding.create(account, changeContext(request), bodies.map(jsonEntry)))
  }

  @Operation(operations.replaceCertificates)
  async replace(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.replaceCertificates) bodies: readonly unknown[],
  ): Promise<SaveResult> {
    return saveResult(account, await this.#onboarding.replace(account, changeContext(request), bodies.map(jsonEntry)))
  }

  @Operation(operations.listCertificates)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listCertificates) query: CertificateQuery,
  ): Promise<readonly Certificate[]> {
    return answerPage(request, reply, await this.#catalogue.list(account, query))
  }

  @Operation(operations.countCertificates)
  async summary(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.countCertificates) filters: CertificateFilters,
  ): Promise<CertificateSummary> {
    return withEntityTag(reply, await this.#catalogue.summary(account, filters))
  }

  @Operation(operations.getCertificate)
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateDetails> {
    return withEntityTag(reply, await this.#catalogue.get(account, id))
  }

  @Operation(operations.downloadCertificate)
  @Header('content-type', 'application/x-pem-file')
  @Header('content-disposition', 'attachment; filename="certificate.pem"')
  download(@AccountParam() account: AccountId, @CertificateParam() id: CertificateId): Promise<string> {
    return this.#catalogue.download(account, id)
  }

  @Operation(operations.deleteCertificate)
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    return this.#catalogue.delete(account, id, changeContext(request, 'subject'))
  }
}

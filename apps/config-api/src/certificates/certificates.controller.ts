import { type AccountId, type CertificateId } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, Delete, Get, Header, Inject, Post, Put, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { CertificateCatalogue } from './certificate-catalogue.ts'
import { CertificateOnboarding } from './certificate-onboarding.ts'
import { type CertificateQuery, certificateQuerySchema } from './certificate-query.ts'
import { certificateListSchema, jsonEntry } from './certificate-request.ts'
import type { CertificateView } from './certificate-view.ts'
import { type SaveResult, saveResult } from './save-result.ts'

/** Certificates by JSON, and what is read of them (contract, "Config API"). */
@ApiTags('certificates')
@Controller('mtls/account/:accountId/certificates')
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

  @Post()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  async create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: certificateListSchema }) bodies: readonly unknown[],
  ): Promise<SaveResult> {
    return saveResult(account, await this.#onboarding.create(account, changeContext(request), bodies.map(jsonEntry)))
  }

  @Put()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  async replace(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: certificateListSchema }) bodies: readonly unknown[],
  ): Promise<SaveResult> {
    return saveResult(account, await this.#onboarding.replace(account, changeContext(request), bodies.map(jsonEntry)))
  }

  @Get()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Query({ schema: certificateQuerySchema }) query: CertificateQuery,
  ): Promise<readonly CertificateView[]> {
    return answerPage(request, reply, await this.#catalogue.list(account, query))
  }

  @Get(':certificateId')
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    return withEntityTag(reply, await this.#catalogue.get(account, id))
  }

  @Get(':certificateId/download')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:read' })
  @Header('content-type', 'application/x-pem-file')
  @Header('content-disposition', 'attachment; filename="certificate.pem"')
  download(@AccountParam() account: AccountId, @CertificateParam() id: CertificateId): Promise<string> {
    return this.#catalogue.download(account, id)
  }

  @Delete(':certificateId')
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    return this.#catalogue.delete(account, id, changeContext(request, 'subject'))
  }
}

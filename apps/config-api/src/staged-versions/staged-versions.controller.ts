import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Controller, Delete, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common'
import { ApiConsumes, ApiTags } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { answerCertificate, type CertificateView } from '../certificates/certificate-view.ts'
import { changeContext } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { readStagedUpload } from './staged-upload.ts'
import { StagedVersions } from './staged-versions.ts'

const promotionSchema = z.object({ force: z.enum(['true', 'false']).default('false') })
type Promotion = z.infer<typeof promotionSchema>

/** The next version of a certificate and the one before (docs/rotation.md). */
@ApiTags('rotation')
@Controller('mtls/account/:accountId/certificates/:certificateId')
export class StagedVersionsController {
  readonly #versions: StagedVersions

  constructor(@Inject(StagedVersions) versions: StagedVersions) {
    this.#versions = versions
  }

  @Post('staged')
  @LeavesBody(true)
  @ApiConsumes('application/json', 'multipart/form-data')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async stage(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const upload = await readStagedUpload(request)
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.stage(account, context, id, upload))
  }

  @Delete('staged')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async drop(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.drop(account, context, id))
  }

  @Post('staged/promote')
  @HttpCode(200)
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async promote(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @Query({ schema: promotionSchema }) { force }: Promotion,
  ): Promise<CertificateView> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.promote(account, context, id, force === 'true'))
  }

  @Post('rollback')
  @HttpCode(200)
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async rollBack(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.rollBack(account, context, id))
  }

  @Delete('previous')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async dropPrevious(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.dropPrevious(account, context, id))
  }
}

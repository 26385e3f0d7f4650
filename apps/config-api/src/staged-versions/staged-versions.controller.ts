import type { AccountId, CertificateId } from '@mtls-gateway/domain'
import { ApiConsumes, ApiTags, type AuthenticatedRequest, Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Body, Controller, Delete, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { answerCertificate, type CertificateView } from '../certificates/certificate-view.ts'
import { changeContext, twoChanges } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { readStagedProbe, type StagedProbeBody, stagedProbeSchema } from './staged-probe-request.ts'
import type { StagedProbeView } from './staged-probe-view.ts'
import { StagedProbes } from './staged-probes.ts'
import { readStagedUpload } from './staged-upload.ts'
import { StagedVersions } from './staged-versions.ts'

const promotionSchema = z.object({ force: z.enum(['true', 'false']).default('false') })
type Promotion = z.infer<typeof promotionSchema>

/** The next version of a certificate and the one before (docs/rotation.md). */
@ApiTags('rotation')
@Controller('mtls/account/:accountId/certificates/:certificateId')
export class StagedVersionsController {
  readonly #versions: StagedVersions
  readonly #probes: StagedProbes

  constructor(@Inject(StagedVersions) versions: StagedVersions, @Inject(StagedProbes) probes: StagedProbes) {
    this.#versions = versions
    this.#probes = probes
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

  @Post('staged/probe')
  @HttpCode(200)
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  probe(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @Body({ schema: stagedProbeSchema }) body: StagedProbeBody,
  ): Promise<StagedProbeView> {
    return this.#probes.probe(account, twoChanges(request, 'subject'), id, readStagedProbe(body))
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

import {
  type Certificate,
  type ChosenMappings,
  rotationOperations as operations,
  type Probe,
  type ProbeRequest,
  type PromotionQuery,
} from '@mtls-gateway/contract'
import {
  type AccountId,
  type CertificateId,
  type MappingId,
  parseMappingId,
  versionDifferenceCodes,
} from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerCertificate, answerPromoted } from '../certificates/certificate-view.ts'
import { changeContext, twoChanges } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { readStagedProbe } from './staged-probe-request.ts'
import { StagedProbes } from './staged-probes.ts'
import { readStagedUpload } from './staged-upload.ts'
import { StagedVersions } from './staged-versions.ts'

/** The next and the previous version of a certificate (docs/rotation.md). */
@Controller()
export class StagedVersionsController {
  readonly #versions: StagedVersions
  readonly #probes: StagedProbes

  constructor(@Inject(StagedVersions) versions: StagedVersions, @Inject(StagedProbes) probes: StagedProbes) {
    this.#versions = versions
    this.#probes = probes
  }

  @Operation(operations.stageVersion)
  async stage(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    const upload = await readStagedUpload(request)
    const context = changeContext(request, 'subject')
    const certificate = await this.#versions.stage(account, context, id, upload)
    return answerCertificate(reply, account, certificate, await this.#versions.differences(account, certificate))
  }

  @Operation(operations.dropStaged)
  async drop(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.drop(account, context, id))
  }

  @Operation(operations.probeStaged)
  probe(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.probeStaged) body: ProbeRequest,
  ): Promise<Probe> {
    return this.#probes.probe(account, twoChanges(request, 'subject'), id, readStagedProbe(body))
  }

  @Operation(operations.promoteStaged)
  async promote(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @QueryOf(operations.promoteStaged) { force, accept = '' }: PromotionQuery,
    @BodyOf(operations.promoteStaged) body: ChosenMappings,
  ): Promise<Certificate> {
    const context = changeContext(request, 'subject')
    const sent = accept.split(',')
    // A difference that no version knows yet accepts nothing.
    const accepted = versionDifferenceCodes.filter((code) => sent.includes(code))
    const choice = { force: force === 'true', accepted, mappings: readMappings(body) }
    return answerPromoted(reply, account, await this.#versions.promote(account, context, id, choice))
  }

  @Operation(operations.rollBack)
  async rollBack(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.rollBack) body: ChosenMappings,
  ): Promise<Certificate> {
    const context = changeContext(request, 'subject')
    return answerPromoted(reply, account, await this.#versions.rollBack(account, context, id, readMappings(body)))
  }

  @Operation(operations.dropPrevious)
  async dropPrevious(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#versions.dropPrevious(account, context, id))
  }
}

function readMappings({ mappings }: ChosenMappings): readonly MappingId[] | undefined {
  return mappings?.flatMap((id) => parseMappingId(id) ?? [])
}

import { type AccountId, type CertificateId, checkName } from '@mtls-gateway/domain'
import { ApiConsumes, ApiTags, type AuthenticatedRequest, Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Body, Controller, Inject, Post, Put, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerCertificate, type CertificateView, viewSaved } from '../certificates/certificate-view.ts'
import { changeContext } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { readPemBody } from '../http/pem-body.ts'
import {
  type RenewalRequestBody,
  readRequestSpec,
  renewalRequestSchema,
  type SigningRequestBody,
  signingRequestSchema,
} from './signing-request-body.ts'
import { type Requested, SigningRequests } from './signing-requests.ts'

interface RequestedView {
  readonly certificate: CertificateView
  /** PKCS#10 PEM. */
  readonly csr: string
}

/** Certificates whose keys are made here (docs/rotation.md). */
@ApiTags('signing requests')
@Controller('mtls/account/:accountId/certificates')
export class SigningRequestsController {
  readonly #requests: SigningRequests

  constructor(@Inject(SigningRequests) requests: SigningRequests) {
    this.#requests = requests
  }

  @Post('csr')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: signingRequestSchema }) body: SigningRequestBody,
  ): Promise<RequestedView> {
    const name = checkName('name', body.name)
    const spec = readRequestSpec(body)
    return viewRequested(account, await this.#requests.create(account, changeContext(request), name, spec))
  }

  @Put(':certificateId/signed-certificate')
  @LeavesBody(true)
  @ApiConsumes('application/x-pem-file', 'application/json')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async complete(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const signed = { place: 'certificate' as const, pem: await readPemBody(request) }
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#requests.complete(account, context, id, signed))
  }

  @Post(':certificateId/staged/csr')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async renew(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @Body({ schema: renewalRequestSchema }) body: RenewalRequestBody,
  ): Promise<RequestedView> {
    const spec = readRequestSpec(body)
    return viewRequested(account, await this.#requests.renew(account, changeContext(request, 'subject'), id, spec))
  }

  @Put(':certificateId/staged/signed-certificate')
  @LeavesBody(true)
  @ApiConsumes('application/x-pem-file', 'application/json')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  async completeRenewal(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<CertificateView> {
    const signed = { place: 'staged' as const, pem: await readPemBody(request) }
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#requests.complete(account, context, id, signed))
  }
}

function viewRequested(account: AccountId, { certificate, csr }: Requested): RequestedView {
  return { certificate: viewSaved(account, certificate), csr }
}

import {
  type Certificate,
  signingRequestOperations as operations,
  type RenewalRequest,
  type RequestedCertificate,
  type SigningRequest,
} from '@mtls-gateway/contract'
import { type AccountId, type CertificateId, checkName } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerCertificate, viewSaved } from '../certificates/certificate-view.ts'
import { changeContext } from '../changes/change-context.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { readPemBody } from '../http/pem-body.ts'
import { readRequestSpec } from './signing-request-body.ts'
import { type Requested, SigningRequests } from './signing-requests.ts'

/** Certificates whose keys are made here (docs/rotation.md). */
@Controller()
export class SigningRequestsController {
  readonly #requests: SigningRequests

  constructor(@Inject(SigningRequests) requests: SigningRequests) {
    this.#requests = requests
  }

  @Operation(operations.createSigningRequest)
  async create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createSigningRequest) body: SigningRequest,
  ): Promise<RequestedCertificate> {
    const name = checkName('name', body.name)
    const spec = readRequestSpec(body)
    return viewRequested(account, await this.#requests.create(account, changeContext(request), name, spec))
  }

  @Operation(operations.completeSigningRequest)
  async complete(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    const signed = { place: 'certificate' as const, pem: await readPemBody(request) }
    const context = changeContext(request, 'subject')
    return answerCertificate(reply, account, await this.#requests.complete(account, context, id, signed))
  }

  @Operation(operations.createRenewalRequest)
  async renew(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.createRenewalRequest) body: RenewalRequest,
  ): Promise<RequestedCertificate> {
    const spec = readRequestSpec(body)
    return viewRequested(account, await this.#requests.renew(account, changeContext(request, 'subject'), id, spec))
  }

  @Operation(operations.completeRenewalRequest)
  async completeRenewal(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Certificate> {
    const signed = { place: 'staged' as const, pem: await readPemBody(request) }
    const context = changeContext(request, 'subject')
    const certificate = await this.#requests.complete(account, context, id, signed)
    return answerCertificate(reply, account, certificate, await this.#requests.differences(account, certificate))
  }
}

function viewRequested(account: AccountId, { certificate, csr }: Requested): RequestedCertificate {
  return { certificate: viewSaved(account, certificate), csr }
}

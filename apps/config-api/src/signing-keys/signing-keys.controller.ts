import { createHash } from 'node:crypto'
import {
  type Jwks,
  signingKeyOperations as operations,
  type PageQuery,
  type SigningKey,
  type SigningKeyRequest,
} from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { LeavesAccount } from '../http/account-reads.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { SigningKeyRegistry } from './signing-key-registry.ts'

@Controller()
export class SigningKeysController {
  readonly #signingKeys: SigningKeyRegistry

  constructor(@Inject(SigningKeyRegistry) signingKeys: SigningKeyRegistry) {
    this.#signingKeys = signingKeys
  }

  @Operation(operations.createSigningKey)
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createSigningKey) body: SigningKeyRequest,
  ): Promise<SigningKey> {
    return this.#signingKeys.create(account, body, changeContext(request))
  }

  @Operation(operations.listSigningKeys)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listSigningKeys) query: PageQuery,
  ): Promise<readonly SigningKey[]> {
    return answerPage(request, reply, await this.#signingKeys.list(account, query))
  }

  @Operation(operations.activateSigningKey)
  activate(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('kid') kid: string,
  ): Promise<SigningKey> {
    return this.#signingKeys.activate(account, kid, changeContext(request))
  }

  @Operation(operations.deleteSigningKey)
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('kid') kid: string,
  ): Promise<SigningKey> {
    return this.#signingKeys.delete(account, kid, changeContext(request))
  }

  /** For anybody, so it takes nothing of what the account has for its own reads. */
  @Operation(operations.getJwks)
  @LeavesAccount(true)
  async jwks(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<Jwks | undefined> {
    const jwks = await this.#signingKeys.published(account)
    const etag = `"${createHash('sha256').update(JSON.stringify(jwks)).digest('base64url')}"`
    void reply.header('etag', etag).header('cache-control', 'public, max-age=300')
    if (request.headers['if-none-match'] === etag) {
      void reply.status(304)
      return undefined
    }
    void reply.type('application/jwk-set+json')
    return jwks
  }
}

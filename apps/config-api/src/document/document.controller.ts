import {
  type AccountDocument,
  type AppliedDocument,
  type DocumentQuery,
  documentOperations as operations,
} from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { WritesSections } from '../http/account-reads.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { AccountParam } from '../http/path-params.ts'
import { DocumentRegistry } from './document-registry.ts'

/** The account as one document (docs/declared.md). */
@Controller()
export class DocumentController {
  readonly #documents: DocumentRegistry

  constructor(@Inject(DocumentRegistry) documents: DocumentRegistry) {
    this.#documents = documents
  }

  @Operation(operations.getDocument)
  @WritesSections(true)
  async get(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<AccountDocument> {
    return withEntityTag(reply, await this.#documents.get(account, mayAdminister(request)))
  }

  @Operation(operations.applyDocument)
  @WritesSections(true)
  async apply(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.applyDocument) { dryRun, prune, source }: DocumentQuery,
    @BodyOf(operations.applyDocument) body: Readonly<Record<string, unknown>>,
  ): Promise<AppliedDocument> {
    const application = { dryRun: dryRun === 'true', prune: prune === 'true', source }
    const context = changeContext(request)
    return withEntityTag(
      reply,
      await this.#documents.apply(account, body, context, { ...application, mayAdminister: mayAdminister(request) }),
    )
  }
}

/** As the operations on app keys and settings ask: by a token. */
function mayAdminister({ principal }: AuthenticatedRequest): boolean {
  return principal.kind === 'bearer' && principal.scopes.has('mtls:admin')
}

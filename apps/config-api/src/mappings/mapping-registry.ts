import {
  type AccountId,
  type CommandContext,
  createMappings,
  deleteMapping,
  type MappingId,
  mappingNotFound,
  updateMappings,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import { newMappingId } from '../changes/new-ids.ts'
import type { MappingBody, MappingRequestReader } from './mapping-request.ts'
import { type MappingView, viewMapping } from './mapping-view.ts'

/** The mappings of an account; lists are saved all or none. */
export class MappingRegistry {
  readonly #writer: AccountWriter
  readonly #reader: MappingRequestReader

  constructor(writer: AccountWriter, reader: MappingRequestReader) {
    this.#writer = writer
    this.#reader = reader
  }

  async list(account: AccountId): Promise<readonly MappingView[]> {
    const { mappings } = await this.#writer.read(account)
    return mappings.map((mapping) => viewMapping(mapping, account))
  }

  /** @throws CodedError `MAPPING_NOT_FOUND` */
  async get(account: AccountId, id: MappingId): Promise<MappingView> {
    const { mappings } = await this.#writer.read(account)
    const mapping = mappings.find((candidate) => candidate.id === id)
    if (!mapping) throw mappingNotFound(id)
    return viewMapping(mapping, account)
  }

  /** @throws CodedError with every fault by index */
  async create(
    account: AccountId,
    bodies: readonly MappingBody[],
    context: CommandContext,
  ): Promise<readonly MappingView[]> {
    const entries = this.#reader.readNew(account, bodies, newMappingId)
    const { result } = await this.#writer.change(account, context.changeId, createMappings(context, entries))
    return result.map((mapping) => viewMapping(mapping, account))
  }

  /** @throws CodedError with every fault by index */
  async update(
    account: AccountId,
    bodies: readonly MappingBody[],
    context: CommandContext,
  ): Promise<readonly MappingView[]> {
    const updates = this.#reader.readUpdates(account, bodies)
    const { result } = await this.#writer.change(account, context.changeId, updateMappings(context, updates))
    return result.map(({ mapping, deleted }) => viewMapping(mapping, account, deleted))
  }

  /** The mapping as it was. @throws CodedError `MAPPING_NOT_FOUND` */
  async delete(account: AccountId, id: MappingId, context: CommandContext): Promise<MappingView> {
    const { result } = await this.#writer.change(account, context.changeId, deleteMapping(context, id))
    return viewMapping(result, account, true)
  }
}

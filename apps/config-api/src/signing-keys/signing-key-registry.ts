import type { Jwk, Jwks, PageQuery, SigningKeyRequest, SigningKey as SigningKeyView } from '@mtls-gateway/contract'
import {
  type AccountId,
  activateSigningKey,
  CodedError,
  type CommandContext,
  createSigningKey,
  deleteSigningKey,
  parseRecordId,
  type RecordId,
  refuseTooManySigningKeys,
  type SigningKey,
  signingKeyState,
} from '@mtls-gateway/domain'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import type { AccountWriter, PublishedKeyReader, RecordName } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, pageOf } from '../http/page.ts'

/** The signing keys of an account. They are made here, and their private parts are for forwarders alone to read. */
export class SigningKeyRegistry {
  readonly #writer: AccountWriter
  readonly #published: PublishedKeyReader
  readonly #keyMaterial: KeyMaterialPool

  constructor(writer: AccountWriter, published: PublishedKeyReader, keyMaterial: KeyMaterialPool) {
    this.#writer = writer
    this.#published = published
    this.#keyMaterial = keyMaterial
  }

  async list(account: AccountId, query: PageQuery): Promise<Versioned<Page<SigningKeyView>>> {
    const { signingKeys = [], revision } = await this.#writer.read(account)
    const page = await pageOf(signingKeys, query, { idOf: ({ kid }) => kid })
    return { value: { ...page, items: page.items.map(viewSigningKey) }, revision }
  }

  /**
   * The key set that everybody may read: of both uses and whatever their state, as who verifies goes by the `kid`.
   * @throws CodedError `NOT_FOUND`, the same whether there is no such account or it publishes no keys
   */
  async published(account: AccountId): Promise<Jwks> {
    const keys = await this.#published.of(account)
    if (keys !== undefined) return { keys: keys.map(viewJwk) }
    const message = 'There is no key set here. An account publishes its own by the setting "publishKeys".'
    throw new CodedError('NOT_FOUND', message)
  }

  /** @throws CodedError `TOO_MANY_SIGNING_KEYS` */
  async create(
    account: AccountId,
    { use, algorithm = 'ES256' }: SigningKeyRequest,
    context: CommandContext,
  ): Promise<SigningKeyView> {
    // Checked early, so that no key is made in vain. The command checks again.
    refuseTooManySigningKeys(await this.#writer.readInTurn(account))
    const { privateKey, jwk, ...made } = await this.#keyMaterial.makeSigningKey(account, algorithm)
    const kid = parseRecordId(made.kid)
    await this.#writer.records.put('target-secrets', account, kid, { secret: privateKey })
    const command = createSigningKey(context, { kid, use, algorithm, jwk })
    const written = [privatePart(account, kid)]
    return viewSigningKey((await this.#writer.change(account, context.changeId, command, { written })).result)
  }

  /** @throws CodedError `SIGNING_KEY_NOT_FOUND`, `SIGNING_KEY_IN_USE` */
  async activate(account: AccountId, kid: string, context: CommandContext): Promise<SigningKeyView> {
    return viewSigningKey(
      (await this.#writer.change(account, context.changeId, activateSigningKey(context, kid))).result,
    )
  }

  /** @throws CodedError `SIGNING_KEY_NOT_FOUND`, `SIGNING_KEY_IN_USE` */
  async delete(account: AccountId, kid: string, context: CommandContext): Promise<SigningKeyView> {
    const { result } = await this.#writer.change(account, context.changeId, deleteSigningKey(context, kid), {
      dropped: (key) => [privatePart(account, key.kid)],
    })
    return viewSigningKey(result)
  }
}

function privatePart(accountId: AccountId, id: RecordId): RecordName {
  return { kind: 'target-secrets', accountId, id }
}

function viewSigningKey(key: SigningKey): SigningKeyView {
  const { kid, use, algorithm, createdAt, createdBy, activatedAt = null, retiredAt = null } = key
  const state = signingKeyState(key)
  return { kid, use, algorithm, state, jwk: viewJwk(key), createdAt, createdBy, activatedAt, retiredAt }
}

function viewJwk({ kid, algorithm, jwk }: SigningKey): Jwk {
  return { ...jwk, kid, use: 'sig', alg: algorithm }
}

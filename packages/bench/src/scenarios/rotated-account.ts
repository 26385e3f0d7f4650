import { setTimeout } from 'node:timers/promises'
import { versionDifferenceCodes } from '@mtls-gateway/domain'
import { ApiClient, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { type AppKey, bodyOf } from '../gateway/bench-account.ts'
import { CallSigner } from '../load/call-signer.ts'
import type { CallingAccount, GatewaySubject } from '../subjects/gateway.ts'
import type { BenchTarget } from '../target/bench-target.ts'
import { type Disturbance, repeatedly } from './disturbance.ts'
import type { ServedIdentities } from './served-identities.ts'

/** Each account has a mapping of each, all with its one certificate. */
export const mappings = ['small', 'other'] as const
/** The path of a third one, whose answer says what was presented: callers ask for versions there. */
export const asked = 'presented'
const rotationsAtOnce = 2

/** Calls beside the load, which ask for a version of their choice. */
export interface AskedCalls {
  answers: number
  /** Those that came with another version. */
  wrong: number
  /** Those that were refused for longer than they may. */
  refused: number
  /** Those that were answered for longer than they may after their app key was deleted, or the version removed. */
  unrevoked: number
}

/**
 * Has the mappings of all accounts made; the certificates are replaced once it is begun, two at once.
 * @param propagationSeconds how long a change may take to be known to the forwarder
 */
export async function rotationOfAll(
  opened: AsyncDisposableStack,
  gateway: GatewaySubject,
  target: BenchTarget,
  served: ServedIdentities,
  propagationSeconds: number,
): Promise<{ readonly asking: Readonly<AskedCalls>; begin(): Disturbance }> {
  const rotated = await Promise.all(
    gateway.accounts.map((account, identity) =>
      RotatedAccount.open(gateway, target, { account, identity, opened, propagationSeconds }),
    ),
  )
  const asking = { answers: 0, wrong: 0, refused: 0, unrevoked: 0 }
  return { asking, begin: () => repeatedly(rotationsAtOnce, rotating(rotated, served, asking)) }
}

interface Opened {
  readonly account: CallingAccount
  readonly identity: number
  readonly opened: AsyncDisposableStack
  readonly propagationSeconds: number
}

/** An account whose certificate is replaced, with callers that ask for versions. */
class RotatedAccount {
  readonly identity: number
  readonly #gateway: GatewaySubject
  readonly #target: BenchTarget
  readonly #account: CallingAccount
  readonly #caller: ApiClient
  readonly #propagationMs: number
  readonly #mappingIds: ReadonlyMap<string, number>
  /** A version that is no longer in use and was not kept. */
  gone: IssuedCertificate | undefined

  private constructor(
    gateway: GatewaySubject,
    target: BenchTarget,
    { account, identity, opened, propagationSeconds }: Opened,
    mappingIds: ReadonlyMap<string, number>,
  ) {
    this.identity = identity
    this.#gateway = gateway
    this.#target = target
    this.#account = account
    this.#caller = opened.adopt(new ApiClient({ baseUrl: gateway.url }), (client) => client.close())
    this.#mappingIds = mappingIds
    this.#propagationMs = propagationSeconds * 1_000
  }

  static async open(gateway: GatewaySubject, target: BenchTarget, options: Opened): Promise<RotatedAccount> {
    const { account, certificateIds } = options.account
    const { identity } = options
    const more = [...mappings.slice(1), asked].map((path) => ({
      name: `${identity}-${path}`,
      url: `${target.url}/${identity}/${path}`,
      certificationId: certificateIds[0] ?? 0,
    }))
    await account.addMappings(more)
    const path = `/mtls/account/${account.id}/mappings`
    const all = bodyOf(await gateway.configApi.json<{ id: number; name: string }[]>('GET', path), 200)
    const ids = all.map((mapping) => [mapping.name.slice(`${identity}-`.length), mapping.id] as const)
    return new RotatedAccount(gateway, target, options, new Map(ids))
  }

  async replace(next: IssuedCertificate): Promise<void> {
    await this.#account.account.replaceCertificate(this.#certificateId, { name: `c${this.identity}`, ...keysOf(next) })
  }

  async stage(next: IssuedCertificate): Promise<void> {
    await this.#post('staged', keysOf(next), 201)
  }

  /** To what is staged; to the version in use where nothing is, as after a rollback. */
  async promote(...paths: readonly string[]): Promise<void> {
    await this.#post(`staged/promote?accept=${versionDifferenceCodes.join()}`, { mappings: this.#idsOf(paths) })
  }

  /** The same for all other mappings. */
  promoteBut(path: string): Promise<void> {
    return this.promote(...[...this.#mappingIds.keys()].filter((each) => each !== path))
  }

  async rollBack(...paths: readonly string[]): Promise<void> {
    await this.#post('rollback', { mappings: this.#idsOf(paths) })
  }

  newKey(): Promise<AppKey> {
    return this.#account.account.addAppKey()
  }

  revoke(key: AppKey): Promise<void> {
    return this.#account.account.deleteAppKey(key)
  }

  /**
   * Asks for a version until the answer is as expected, for as long as a change may take.
   * @returns the name of what was presented to the target; undefined if the call was refused
   */
  async ask(key: AppKey, { fingerprintSha256 }: IssuedCertificate, expects: 'an answer' | 'a refusal' = 'an answer') {
    const path = `/mtls/account/${this.#account.account.id}`
    const signer = new CallSigner({ ...key, url: this.#gateway.url + path })
    for (const end = performance.now() + this.#propagationMs; ; await setTimeout(20)) {
      const headers = {
        Authorization: signer.sign('GET', Math.floor(Date.now() / 1_000)),
        'LP-forward-url': `${this.#target.url}/${this.identity}/${asked}`,
        'LP-service-name': 'IDP',
        'LP-present-certificate': `sha256=${fingerprintSha256}`,
      }
      const { status, body } = await this.#caller.raw({ method: 'GET', path, headers })
      const presented = status === 200 ? body.toString('utf8') : undefined
      if ((presented !== undefined) === (expects === 'an answer') || performance.now() > end) return presented
    }
  }

  #idsOf(paths: readonly string[]): readonly (number | undefined)[] {
    return paths.map((path) => this.#mappingIds.get(path))
  }

  get #certificateId(): number {
    return this.#account.certificateIds[0] ?? 0
  }

  async #post(below: string, body: unknown, expected = 200): Promise<void> {
    const path = `/mtls/account/${this.#account.account.id}/certificates/${this.#certificateId}/${below}`
    bodyOf(await this.#gateway.configApi.json('POST', path, body), expected)
  }

  async issue(commonName: string): Promise<IssuedCertificate> {
    return this.#target.clientCa.issue({ commonName })
  }
}

function keysOf({ certificate, privateKey }: IssuedCertificate) {
  return { certificate, privateKey }
}

/**
 * Replaces the certificate of the next account twice: in place; then staged, asked for by its callers, promoted for one
 * mapping and then for the rest, rolled back for one, and presented there again. The app key of those callers is
 * deleted at the end.
 */
function rotating(
  rotated: readonly RotatedAccount[],
  served: ServedIdentities,
  asking: AskedCalls,
): () => Promise<void> {
  let next = 0
  return async () => {
    const account = rotated[next++ % rotated.length]
    if (account === undefined) throw new Error('there is no account')
    const { identity, gone } = account
    const [first, second] = [served.next(identity), served.next(identity)]
    const [one, other] = [await account.issue(first.name), await account.issue(second.name)]
    const [small, ...rest] = mappings
    const key = await account.newKey()
    await served.present(identity, mappings, first.version, () => account.replace(one))
    if (gone !== undefined && (await account.ask(key, gone, 'a refusal')) !== undefined) asking.unrevoked++
    await account.stage(other)
    const ask = async (name: string, version: IssuedCertificate) => {
      const presented = await account.ask(key, version)
      asking.answers++
      if (presented === undefined) asking.refused++
      else if (presented !== `CN=${name}`) asking.wrong++
    }
    const askForBoth = async () => {
      await ask(second.name, other)
      await ask(first.name, one)
    }
    await askForBoth()
    await served.present(identity, [small], second.version, () => account.promote(small))
    await askForBoth()
    await served.present(identity, rest, second.version, () => account.promoteBut(small))
    await served.present(identity, rest, first.version, () => account.rollBack(...rest))
    await served.present(identity, rest, second.version, () => account.promote(...rest))
    account.gone = one
    await account.revoke(key)
    if ((await account.ask(key, other, 'a refusal')) !== undefined) asking.unrevoked++
  }
}

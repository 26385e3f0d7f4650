import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { versionDifferenceCodes } from '@mtls-gateway/domain'
import { ApiClient, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { bodyOf } from '../gateway/bench-account.ts'
import { type LoadResult, runLoad } from '../load/wrk.ts'
import { medianResult, type Result } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { type Call, type Subject, smallCall } from '../subject.ts'
import type { CallingAccount, GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import { type BenchTarget, startBenchTarget } from '../target/bench-target.ts'
import type { Scenario } from './bench-context.ts'
import { measureLoad } from './compare.ts'
import { repeatedly } from './disturbance.ts'
import { ServedIdentities } from './served-identities.ts'

const accounts = 50
const name = `isolation of ${accounts} accounts`
/** Each account has a mapping of each, all with its one certificate. */
const mappings = ['small', 'other'] as const
/** The path of a third one, whose answer says what was presented: callers ask for versions there. */
const asked = 'presented'
/** The generator has no room for the calls of a whole minute. */
const parts = 3
const secondsOfPart = 20
/** How long a change may take to be known to the forwarder. */
const propagationSeconds = 1
const rotationsAtOnce = 2

/** 50 accounts at full load, whose certificates are replaced one after the other, whole and mapping by mapping. */
export const isolation: Scenario = async ({ directory, steps }) => {
  await using opened = new AsyncDisposableStack()
  const target = opened.adopt(await startBenchTarget({ directory: join(directory, 'logged'), log: true }), (server) =>
    server.stop(),
  )
  const options = {
    directory,
    target,
    steps,
    identities: accounts,
    identitiesAnAccount: 1,
    distinctCertificates: accounts,
    changes: true,
  }
  return await withGateway(options, async (gateway) => {
    steps.expect(1 + parts)
    const rotated = await Promise.all(
      gateway.accounts.map((account, identity) => RotatedAccount.open(gateway, target, { account, identity, opened })),
    )
    const served = new ServedIdentities(accounts, mappings)
    const asking = { answers: 0, wrong: 0, refused: 0 }
    const subject = callingAll(gateway)
    const load = { call: { ...smallCall, identities: accounts }, connections: 64 }
    steps.next('warming up')
    await runLoad(subject, { ...load, seconds: 2 }, directory)
    const rotation = repeatedly(rotationsAtOnce, rotating(rotated, served, asking))
    const measured: (LoadResult & Result)[] = []
    for (let part = 1; part <= parts; part++) {
      steps.next(`${accounts} accounts, rotating, part ${part} of ${parts}`)
      measured.push(await measureLoad(subject, name, { ...load, seconds: secondsOfPart }, directory))
    }
    await rotation.stop()
    await target.stop()
    const longestSeconds = Math.max(...measured.map(({ maxMs }) => maxMs)) / 1_000
    for await (const line of createInterface({ input: createReadStream(target.logFile) })) {
      if (!line.includes(`/${asked} `)) served.note(line, propagationSeconds + longestSeconds)
    }
    const result = medianResult(measured)
    return {
      results: [result],
      verdicts: [
        { ...atMost(0, 'calls with a certificate that their mapping did not have', served.wrong), onAnyMachine: true },
        { ...atMost(0, 'calls that asked for a version and came with another', asking.wrong), onAnyMachine: true },
        atMost(0, 'calls that began more than 1 s after their certificate was replaced', served.stale),
        atMost(0, 'failed calls', result.errors + asking.refused),
      ],
      notes: [
        `isolation: ${served.calls} calls, and ${asking.answers} for a version of their choice; meanwhile ${served.changes} changes of what mappings present`,
        ...measured.filter(({ errors }) => errors > 0).map(({ failures }) => `isolation: ${JSON.stringify(failures)}`),
      ],
    }
  })
}

/** The mappings of an account are called in turn. */
function callingAll(gateway: GatewaySubject): Subject {
  return {
    ...gateway,
    requests: function* (call: Call, count: number) {
      const each = mappings.map((path) => gateway.requests({ ...call, path }, Math.ceil(count / mappings.length)))
      const iterators = each.map((requests) => requests[Symbol.iterator]())
      for (let n = 0; n < count; n++) {
        const next = iterators[Math.floor(n / call.identities) % iterators.length]?.next()
        if (!next || next.done) return
        yield next.value
      }
    },
  }
}

interface Opened {
  readonly account: CallingAccount
  readonly identity: number
  readonly opened: AsyncDisposableStack
}

/** An account whose certificate is replaced, with a caller that asks for versions. */
class RotatedAccount {
  readonly identity: number
  readonly #gateway: GatewaySubject
  readonly #target: BenchTarget
  readonly #account: CallingAccount
  readonly #caller: ApiClient
  readonly #mappingIds: ReadonlyMap<string, number>

  private constructor(
    gateway: GatewaySubject,
    target: BenchTarget,
    { account, identity, opened }: Opened,
    mappingIds: ReadonlyMap<string, number>,
  ) {
    this.identity = identity
    this.#gateway = gateway
    this.#target = target
    this.#account = account
    this.#caller = opened.adopt(new ApiClient({ baseUrl: gateway.url, oauth1: account.key }), (client) =>
      client.close(),
    )
    this.#mappingIds = mappingIds
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

  /** @returns the name of what was presented to the target; undefined if the call was refused for longer than it may */
  async ask(fingerprintSha256: string): Promise<string | undefined> {
    const headers = {
      'LP-forward-url': `${this.#target.url}/${this.identity}/${asked}`,
      'LP-service-name': 'IDP',
      'LP-present-certificate': `sha256=${fingerprintSha256}`,
    }
    const path = `/mtls/account/${this.#account.account.id}`
    for (const end = performance.now() + propagationSeconds * 1_000; ; await setTimeout(20)) {
      const { status, body } = await this.#caller.raw({ method: 'GET', path, headers })
      if (status === 200) return body.toString('utf8')
      if (performance.now() > end) return undefined
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
 * mapping and then for the rest, rolled back for one, and presented there again.
 */
function rotating(
  rotated: readonly RotatedAccount[],
  served: ServedIdentities,
  asking: { answers: number; wrong: number; refused: number },
): () => Promise<void> {
  let next = 0
  return async () => {
    const account = rotated[next++ % rotated.length]
    if (account === undefined) throw new Error('there is no account')
    const { identity } = account
    const [first, second] = [served.next(identity), served.next(identity)]
    const [one, other] = [await account.issue(first.name), await account.issue(second.name)]
    const [small, ...rest] = mappings
    await served.present(identity, mappings, first.version, () => account.replace(one))
    await account.stage(other)
    const ask = async (name: string, { fingerprintSha256 }: IssuedCertificate) => {
      const presented = await account.ask(fingerprintSha256)
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
  }
}

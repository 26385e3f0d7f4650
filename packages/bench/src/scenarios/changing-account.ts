import { setTimeout } from 'node:timers/promises'
import { ApiClient } from '@mtls-gateway/test-kit'
import { BenchAccount, bodyOf, type StoredMapping } from '../gateway/bench-account.ts'
import type { GatewaySubject } from '../subjects/gateway.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import type { BenchContext, Scenario } from './bench-context.ts'
import { measureDisturbed, repeatedly } from './disturbance.ts'

const mappings = 10_000
const changeEveryMs = 1_000
const callEveryMs = 50
const identities = 300

/** An account of 10,000 mappings that changes once a second and is called all the time, so that each change is read. */
export const changingAccount: Scenario = (context) =>
  withGateway({ ...context, identities }, async (gateway) => {
    const large = await LargeAccount.onboard(context, gateway)
    await using opened = new AsyncDisposableStack()
    opened.defer(() => large.client.close())
    // Awaited here: the client is closed when this function returns.
    return await measureDisturbed(context, {
      gateway,
      what: `an account of ${mappings} mappings changes`,
      identities,
      begin: async () => {
        const parts = [repeatedly(1, () => large.change()), repeatedly(1, () => large.call())]
        return { stop: async () => void (await Promise.all(parts.map((part) => part.stop()))) }
      },
      describe: () => `${large.changes} changes, each a write of the whole account, and ${large.calls} calls of it`,
    })
  })

class LargeAccount {
  changes = 0
  calls = 0
  readonly client: ApiClient
  readonly #account: BenchAccount
  readonly #url: string
  #changing: StoredMapping

  private constructor(account: BenchAccount, client: ApiClient, url: string, changing: StoredMapping) {
    this.#account = account
    this.client = client
    this.#url = url
    this.#changing = changing
  }

  static async onboard({ target }: BenchContext, { configApi, url }: GatewaySubject): Promise<LargeAccount> {
    const account = new BenchAccount({ id: 'large', configApi })
    const identity = await target.clientCa.issue({ commonName: 'large' })
    const { certificate, privateKey } = identity
    const [certificationId = 0] = await account.addCertificates([{ name: 'c', certificate, privateKey }])
    const urlOf = (n: number) => `${target.url}/large-${n}/`.padEnd(80, 'events-inbound-')
    const stored = await account.addMappings(
      Array.from({ length: mappings }, (_, n) => ({ name: `m${n}`, url: urlOf(n), certificationId })),
    )
    const changing = stored.at(-1)
    if (changing === undefined) throw new Error('there is no mapping')
    const client = new ApiClient({ baseUrl: url, oauth1: await account.addAppKey() })
    return new LargeAccount(account, client, urlOf(0), changing)
  }

  async change(): Promise<void> {
    const next = setTimeout(changeEveryMs)
    this.#changing = { ...this.#changing, enable: !this.#changing.enable }
    await this.#account.updateMapping(this.#changing)
    this.changes++
    await next
  }

  async call(): Promise<void> {
    const headers = { 'LP-forward-url': this.#url, 'LP-service-name': 'IDP' }
    bodyOf(await this.client.json('GET', `/mtls/account/${this.#account.id}`, undefined, headers), 200)
    this.calls++
    await setTimeout(callEveryMs)
  }
}

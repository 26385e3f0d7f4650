import { ApprovalRequested, createConfigApiClient } from '@mtls-gateway/client'
import { type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { expect } from '@playwright/test'
import { type Account, password } from '../support/account.ts'
import type { ConsoleSystem } from '../support/console-system.ts'
import { Lens } from './lens.ts'

const dayMs = 86_400_000

/** The shop whose account is shown: it has certificates for a bank, an insurer and a partner that refuses one. */
export class Story {
  readonly #system: ConsoleSystem
  readonly #account: Account

  constructor(system: ConsoleSystem, account: Account) {
    this.#system = system
    this.#account = account
  }

  /** What is shown instead of names of this run. */
  lens(): Lens {
    const { target, partner } = this.#system
    return new Lens([
      [this.#account.id, 'le123'],
      [`localhost:${target.port}`, 'bank.example'],
      [`localhost:${partner.port}`, 'partner.example'],
      ['Client CA of', 'Shop CA of'],
      ['Client CA', 'Bank CA'],
      ['127.0.0.1', '192.0.2.14'],
      // Which one, when a target closes a connection, is chance.
      ['ECONNRESET', 'SOCKET_CLOSED'],
    ])
  }

  /** @returns the id of the certificate that expires first */
  async tell(): Promise<number> {
    const { target, partner } = this.#system
    const bank = await this.#add('bank', 9)
    const reports = await this.#add('bank-reports', 47)
    const hooks = await this.#add('partner-hooks', 236)
    await this.#add('courier', 318)
    await this.#account.api.createSigningRequest({
      body: { name: 'insurer', keyType: 'EC-P256', subject: { commonName: 'insurer.shop.example' } },
    })
    await this.#map('bank-token', 'IDP', `${target.url}/token`, bank)
    await this.#map('bank-accounts', 'IDP', `${target.url}/accounts/*`, bank)
    await this.#map('bank-reports', 'WEBHOOKS', `${target.url}/reports/*`, reports)
    await this.#map('partner-hooks', 'IDP', `${partner.url}/hooks`, hooks)
    return bank
  }

  /** Has two certificates renew themselves, by another issuer. One of them waits for somebody to promote the next. */
  async plan(): Promise<void> {
    const { api } = this.#account
    await api.issueCertificate({
      body: { name: 'portal', profile: 'local', subject: { commonName: 'portal.example' } },
    })
    const [waits] = (await api.listCertificates({ query: { search: 'bank-reports' } })).body
    const certificateId = waits?.id ?? 0
    await api.setPlan({ certificateId, body: { profile: 'local', promote: 'manual' } })
    await api.runPlan({ certificateId })
    await expect.poll(async () => (await api.getPlan({ certificateId })).body.waitsFor).toBe('promotion')
  }

  /** Ben wants the bank's reports to come from another host. @returns the id of the request */
  async askForApproval(): Promise<string> {
    const { api, id } = this.#account
    await api.changeSettings({ body: { approvals: { actions: ['promote', 'target-host'] } } })
    const [reports] = (await api.listMappings({ query: { search: 'bank-reports' } })).body
    const token = this.#system.token({ accounts: [id], scopes: ['mtls:write'], seconds: 600, subject: 'ben' })
    const ben = createConfigApiClient({ baseUrl: this.#system.configApi.url, accountId: id, token })
    const url = `${this.#system.partner.url}/reports/*`
    const asked = ben.updateMapping({ mappingId: reports?.id ?? 0, body: { url } })
    const waiting = await asked.catch((error: unknown) => error)
    if (waiting instanceof ApprovalRequested) return waiting.approval.id
    throw waiting
  }

  /** @returns the path that its link leads to */
  async handOver(certificateId: number): Promise<string> {
    await this.#account.stage(certificateId, await this.#identity('bank', 374))
    const mappings = (await this.#account.api.listMappings({ query: { certificateId } })).body.map(({ id }) => id)
    const expiresAt = new Date(Date.now() + 14 * dayMs).toISOString()
    const body = { label: 'Anna of Bank', mappings, expiresAt }
    return `/handover#code=${(await this.#account.api.createHandover({ certificateId, body })).body.code}`
  }

  /**
   * One that the bank answers, one whose url is misspelt, and three that the partner refuses. A forwarder records all
   * that fail, and of those that succeed a few in a second.
   */
  async makeCalls(): Promise<void> {
    const { target, partner } = this.#system
    const call = await this.#account.caller()
    await this.#isKnown()
    const hooks = `${partner.url}/hooks`
    for (const url of [`${target.url}/token`, `${target.url}/Token`, hooks, hooks, hooks]) {
      // What a target does not answer is a problem of the gateway.
      await call(url).then(
        (answer) => answer.arrayBuffer(),
        () => {},
      )
    }
    await expect.poll(async () => (await this.#account.api.listCalls()).body.length).toBe(5)
  }

  /** Waits until a call gets all that was changed. */
  async #isKnown(): Promise<void> {
    const { api } = this.#account
    const [change] = (await api.listChanges()).body
    const [certificate] = (await api.listCertificates({ query: { status: 'Available' } })).body
    const certificateId = certificate?.id ?? 0
    const newest = change?.revision ?? 0
    const served = async () => {
      const [forwarder] = (await api.getPropagation({ certificateId })).body.instances
      // One that has not read the account yet reads what is newest.
      return forwarder && (forwarder.revision ?? newest)
    }
    await expect.poll(served).toBeGreaterThanOrEqual(newest)
  }

  /** A file of a certificate of the bank's CA. */
  async file(name: string, days = 365): Promise<Buffer> {
    return Buffer.from(makePkcs12({ identity: await this.#identity(name, days), password }))
  }

  #identity(name: string, days: number): Promise<IssuedCertificate> {
    return this.#system.target.clientCa.issue({
      commonName: `${name}.shop.example`,
      organization: 'Shop',
      extendedKeyUsage: ['clientAuth'],
      // An hour later, so that what counts whole days says as many.
      notAfter: new Date(Date.now() + days * dayMs + 3_600_000),
    })
  }

  async #add(name: string, days: number): Promise<number> {
    return this.#account.addCertificate(name, await this.#identity(name, days))
  }

  async #map(name: string, serviceId: string, url: string, certificateId: number): Promise<void> {
    const mapping = { name, url, serviceId, certificationId: String(certificateId), enable: true }
    await this.#account.api.createMappings({ body: [mapping] })
  }
}

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createCa, startTestTarget, type TestCa, type TestTarget } from '@mtls-gateway/test-kit'
import type { Env } from './backends.ts'

export interface Behaviour {
  /**
   * `otherKey`: for another key; `pending`: it answers when it is asked again; `silent`: it never does; `hangs`: it
   * leaves requests without an answer.
   */
  readonly mode:
    | 'issues'
    | 'pending'
    | 'silent'
    | 'hangs'
    | 'down'
    | 'forbids'
    | 'refuses'
    | 'html'
    | 'otherKey'
    | 'otherCa'
    | 'short'
  readonly lifetimeSeconds: number
  /** The account whose requests it leaves without an answer, whatever the mode. */
  readonly hangsFor?: string
  /** How long it thinks about each request. */
  readonly answersAfterMs?: number
}

interface Order {
  readonly id: string
  readonly account: string
  readonly csr?: string
  readonly reference?: string
}

/**
 * An issuer behind a webhook, as the profile `test` of every account (docs/issuers.md), trusted as a target is; the
 * profile `people` is of the same CA.
 */
export class TestIssuer {
  /** PEM of the CA of its own certificate. */
  readonly ca: string
  readonly env: Env
  /** Ids of those that came with a request, in their order. */
  readonly orders: string[] = []
  readonly #folder: string
  readonly #server: TestTarget
  readonly #signer: TestCa
  readonly #requests = new Map<string, string>()
  #behaviour: Behaviour

  private constructor(folder: string, signer: TestCa, server: TestTarget, lifetimeSeconds: number) {
    this.#folder = folder
    this.#signer = signer
    this.#server = server
    this.#behaviour = { mode: 'issues', lifetimeSeconds }
    this.ca = server.ca
    this.env = { ISSUERS_FILE: join(folder, 'issuers.json') }
  }

  /**
   * Signs with the CA whose certificates a target accepts.
   * @param others further profiles of the file
   */
  static async open(signer: TestCa, lifetimeSeconds: number, others: readonly object[] = []): Promise<TestIssuer> {
    const folder = await mkdtemp(join(tmpdir(), 'test-issuer-'))
    const server = await startTestTarget({
      requireClientCertificate: false,
      handler: async (request, response) => {
        const { status, body } = await issuer.#answer(await jsonOf(request))
        response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      },
    })
    const issuer = new TestIssuer(folder, signer, server, lifetimeSeconds)
    const [secretFile, caFile] = [join(folder, 'secret'), join(folder, 'ca.pem')]
    await writeFile(secretFile, `whsec_${randomBytes(32).toString('base64')}`, { mode: 0o600 })
    await writeFile(caFile, signer.certificate)
    const profile = {
      ...{ name: 'test', kind: 'webhook', description: 'A CA of tests', accounts: 'all' },
      ...{ keyTypes: ['EC-P256', 'RSA-2048'], lifetime: '20s', url: `${server.url}/sign`, secretFile, caFile },
    }
    const people = { name: 'people', kind: 'own-ca', description: 'People with a CA', accounts: 'all', caFile }
    await writeFile(join(folder, 'issuers.json'), JSON.stringify({ profiles: [profile, people, ...others] }))
    return issuer
  }

  behave(part: Partial<Behaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...part }
  }

  async close(): Promise<void> {
    await this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #answer({ id, account, csr, reference }: Order): Promise<{ readonly status: number; readonly body: string }> {
    const { mode, lifetimeSeconds, hangsFor, answersAfterMs } = this.#behaviour
    if (csr !== undefined) {
      this.orders.push(id)
      this.#requests.set(id, csr)
    }
    if (mode === 'hangs' || account === hangsFor) await Promise.withResolvers<never>().promise
    if (answersAfterMs !== undefined) await setTimeout(answersAfterMs)
    const refused = { down: 503, forbids: 403, refuses: 400 }[mode as string]
    if (refused !== undefined) return { status: refused, body: '{}' }
    if (mode === 'html') return { status: 200, body: '<html>not here</html>' }
    if (mode === 'silent' || (mode === 'pending' && reference === undefined)) {
      return { status: 202, body: JSON.stringify({ reference: 'order-1', askAgainInSeconds: 1 }) }
    }
    const notBefore = new Date()
    const validity = { notBefore, notAfter: new Date(notBefore.getTime() + lifetimeSeconds * 1_000) }
    const tooShort = { notBefore, notAfter: new Date(notBefore.getTime() + 5_000) }
    const signer = mode === 'otherCa' ? await createCa() : this.#signer
    const { certificate } = await (mode === 'otherKey'
      ? signer.issue({ commonName: 'client', ...validity })
      : signer.signRequest(this.#requests.get(id) ?? '', mode === 'short' ? tooShort : validity))
    return { status: 200, body: JSON.stringify({ certificate }) }
  }
}

async function jsonOf(request: IncomingMessage): Promise<Order> {
  return JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'))
}

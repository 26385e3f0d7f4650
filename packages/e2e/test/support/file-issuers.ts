import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Issuance, type IssuanceOrder, type Issuer, IssuerError, type Issuers } from '@mtls-gateway/issuance'
import { openCa, type TestCa } from '@mtls-gateway/test-kit'

export const configApiWithIssuer = fileURLToPath(new URL('../fixtures/config-api-with-issuer.ts', import.meta.url))

interface Behaviour {
  /** `otherKey`: it answers with a certificate of another key; `pending`: it answers when it is asked again. */
  readonly mode: 'issues' | 'down' | 'otherKey' | 'pending'
  readonly lifetimeSeconds: number
}

/** An issuer of a test: a CA, how it behaves and what was ordered, in a folder that the test and config-api share. */
export class TestIssuer {
  readonly folder: string
  #behaviour: Behaviour

  private constructor(folder: string, behaviour: Behaviour) {
    this.folder = folder
    this.#behaviour = behaviour
  }

  /** Signs with the CA whose certificates a target accepts. */
  static async open(ca: TestCa, lifetimeSeconds: number): Promise<TestIssuer> {
    const issuer = new TestIssuer(await mkdtemp(join(tmpdir(), 'test-issuer-')), { mode: 'issues', lifetimeSeconds })
    const { certificate, privateKey } = ca
    await writeFile(join(issuer.folder, 'ca.json'), JSON.stringify({ certificate, privateKey }))
    await writeFile(join(issuer.folder, 'orders'), '')
    await issuer.behave({})
    return issuer
  }

  async behave(part: Partial<Behaviour>): Promise<void> {
    this.#behaviour = { ...this.#behaviour, ...part }
    await writeFile(join(this.folder, 'behaviour.json'), JSON.stringify(this.#behaviour))
  }

  /** Ids, in the order in which they came. */
  async orders(): Promise<readonly string[]> {
    return (await readFile(join(this.folder, 'orders'), 'utf8')).split('\n').filter((line) => line !== '')
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

/** In config-api: one profile, `test`, for every account. */
export function fileIssuers(folder: string): Issuers {
  const issuer = fileIssuer(folder)
  return {
    profiles: () => [{ name: 'test', kind: 'own-ca', description: 'A CA of tests', keyTypes: ['EC-P256', 'RSA-2048'] }],
    find: (_, profile) => (profile === 'test' ? issuer : undefined),
    close: async () => undefined,
  }
}

function fileIssuer(folder: string): Issuer {
  const json = async <T>(name: string): Promise<T> => JSON.parse(await readFile(join(folder, name), 'utf8'))
  const ca = async () => openCa(await json<TestCa>('ca.json'))
  const issue = async ({ csr }: IssuanceOrder, isCollected: boolean): Promise<Issuance> => {
    const { mode, lifetimeSeconds } = await json<Behaviour>('behaviour.json')
    const notBefore = new Date()
    const validity = { notBefore, notAfter: new Date(notBefore.getTime() + lifetimeSeconds * 1_000) }
    const signer = await ca()
    if (mode === 'down') throw new IssuerError('ISSUER_UNREACHABLE', 'The issuer can not be reached. Try again later.')
    if (mode === 'pending' && !isCollected) return { state: 'pending', reference: 'order-1', askAgainInMs: 1_000 }
    const { certificate, chain } = await (mode === 'otherKey'
      ? signer.issue({ commonName: 'client', ...validity })
      : signer.signRequest(csr, validity))
    return { state: 'issued', certificates: [certificate, ...chain].join('\n') }
  }
  return {
    async issue(order) {
      await appendFile(join(folder, 'orders'), `${order.id}\n`)
      return issue(order, false)
    },
    collect: (order) => issue(order, true),
    ca: async () => (await ca()).certificate,
    check: async () => undefined,
    close: async () => undefined,
  }
}

import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAccountId } from '@mtls-gateway/domain'
import { type LocalServer, serve } from '@mtls-gateway/test-kit'
import { AcmeIssuer, type AcmeSettings } from '../../src/acme/acme-issuer.ts'
import { ChallengeAnswers } from '../../src/acme/challenge-answers.ts'
import type { Issuance, IssuanceOrder } from '../../src/issuer.ts'
import { newRequest } from '../support/requests.ts'

/** A folder with the files of an operator, and a fresh account key among them. */
export class OperatorFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'issuers-'))

  constructor() {
    this.newAccountKey()
  }

  newAccountKey(): void {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.write('account.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  }

  write(name: string, content: string): string {
    const path = join(this.path, name)
    writeFileSync(path, content)
    return path
  }

  settings(directoryUrl: string, more: Partial<AcmeSettings> = {}): AcmeSettings {
    const file = (name: string) => join(this.path, name)
    return { directoryUrl, accountKeyFile: file('account.pem'), caFile: file('ca.pem'), ...more }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** Serves answers to challenges as config-api does, by the account key of a folder. */
export class HttpResponder {
  /** Paths that were asked for. */
  readonly asked: string[] = []
  /** Answers as if there were no account key. */
  isLost = false
  #answers = new ChallengeAnswers([])

  /** From now on by the key of this folder. */
  use(folder: OperatorFolder): void {
    this.#answers = new ChallengeAnswers([new AcmeIssuer(folder.settings('https://unused.example'))])
  }

  serve(): Promise<LocalServer> {
    return serve((request, response) => {
      this.answer(request.url ?? '', (status, body) => response.writeHead(status).end(body))
    })
  }

  async answer(path: string, respond: (status: number, body: string) => void): Promise<void> {
    this.asked.push(path)
    const answer = await this.#answers.answer(path.replace('/.well-known/acme-challenge/', ''))
    if (answer === undefined || this.isLost) respond(404, 'not found')
    else respond(200, answer)
  }
}

export const account = parseAccountId('acme-account')

/** Never aborted. */
export const patient: AbortSignal = new AbortController().signal

let orders = 0

/** An order for names that only it has, unless they are given. */
export async function newOrder(names?: readonly string[], subject = ''): Promise<IssuanceOrder> {
  orders += 1
  const alternative = (names ?? [`client-${orders}.bank.example`]).map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }))
  return { id: `order-${orders}`, account, csr: await newRequest(subject, alternative) }
}

/** The certificates of an order that is done, the leaf first. */
export function issuedChain(issuance: Issuance): readonly X509Certificate[] {
  if (issuance.state !== 'issued') throw new Error('it is pending')
  const certificates = issuance.certificates.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return certificates.map((pem) => new X509Certificate(pem))
}

/** Fails unless each is signed by the next, and the last by the root. */
export function verifyChain(chain: readonly X509Certificate[], root: string): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1] ?? new X509Certificate(root)
    if (!certificate.verify(issuer.publicKey)) throw new Error(`${certificate.subject} is not signed by the next one`)
  }
}

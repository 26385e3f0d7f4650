import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestCa } from './certificate-authority.ts'
import { freePort } from './free-port.ts'
import { serve } from './local-server.ts'

const run = promisify(execFile)

export interface RevocationAuthority {
  readonly ocspUrl: string
  readonly crlUrl: string
  /** How often the list was fetched. */
  crlRequests(): number
  /** Certificates as PEM: the responder knows no others. */
  know(...certificates: readonly string[]): Promise<void>
  /** @param reason as RFC 5280 names it */
  revoke(certificate: string, reason?: string): Promise<void>
  /** The list as DER, as it is now. */
  crl(): Promise<Buffer>
  close(): Promise<void>
}

const day = (inDays: number) =>
  new Date(Date.now() + inDays * 86_400_000)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .slice(2)

/** The OCSP responder of OpenSSL for a CA, which signs by itself, and a server with its CRL. Needs `openssl`. */
export async function startRevocationAuthority(ca: TestCa): Promise<RevocationAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'revocation-'))
  const file = (name: string) => join(folder, name)
  const entries = new Map<string, string>()
  const writeIndex = async () => writeFile(file('index.txt'), [...entries.values()].map((line) => `${line}\n`).join(''))
  const crl = async () => {
    await run('openssl', ['ca', '-gencrl', '-config', file('ca.conf'), '-crldays', '7', '-out', file('crl.pem')])
    await run('openssl', ['crl', '-in', file('crl.pem'), '-outform', 'DER', '-out', file('crl.der')])
    return readFile(file('crl.der'))
  }
  const enter = (certificate: string, revoked = '') => {
    const { serialNumber, subject } = new X509Certificate(certificate)
    const name = `/${subject.replaceAll('\n', '/')}`
    const fields = [revoked === '' ? 'V' : 'R', day(365), revoked, serialNumber, 'unknown', name]
    entries.set(serialNumber, fields.join('\t'))
  }
  await Promise.all([
    writeFile(file('ca.pem'), ca.certificate),
    writeFile(file('ca.key'), ca.privateKey),
    writeFile(
      file('ca.conf'),
      [
        '[ca]\ndefault_ca = own',
        `[own]\ndatabase = ${file('index.txt')}\ncertificate = ${file('ca.pem')}`,
        `private_key = ${file('ca.key')}\ndefault_md = sha256\n`,
      ].join('\n'),
    ),
    writeIndex(),
  ])
  const port = await freePort()
  const responder = await Responder.start(folder, port)
  let requests = 0
  const lists = await serve(async (_, response) => {
    requests += 1
    response.end(await crl())
  })
  const ocspUrl = `http://127.0.0.1:${port}/`
  return {
    ocspUrl,
    crlUrl: `${lists.url}/ca.crl`,
    crlRequests: () => requests,
    know: async (...certificates) => {
      for (const certificate of certificates) enter(certificate)
      await writeIndex()
      await responder.restart()
    },
    revoke: async (certificate, reason = 'keyCompromise') => {
      enter(certificate, `${day(0)},${reason}`)
      await writeIndex()
      await responder.restart()
    },
    crl,
    close: async () => {
      await Promise.all([lists.close(), responder.stop()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** It reads its index once. */
class Responder {
  readonly #folder: string
  readonly #port: number
  #process: ChildProcess | undefined

  static async start(folder: string, port: number): Promise<Responder> {
    const responder = new Responder(folder, port)
    await responder.restart()
    return responder
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.#port = port
  }

  async restart(): Promise<void> {
    await this.stop()
    const signer = ['-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key']
    const started = spawn('openssl', ['ocsp', '-port', String(this.#port), '-index', 'index.txt', ...signer], {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = started
    // It ends at the first request that is none, so nobody can try whether it is there.
    for (let said = ''; !said.includes('waiting'); ) {
      const [text] = await once(started.stderr, 'data')
      said += String(text)
    }
  }

  async stop(): Promise<void> {
    const ending = this.#process
    if (!ending) return
    this.#process = undefined
    ending.kill()
    if (ending.exitCode === null && ending.signalCode === null) await once(ending, 'exit')
  }
}

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Parts {
  readonly privateKey: string
  readonly certificate: string
  readonly chain?: readonly string[]
}

/** `openssl pkcs12 -export` as people run it, plus these arguments. */
export function exportPkcs12(parts: Parts, password: string, args: readonly string[] = []): Promise<Buffer> {
  return inTemporaryFolder(async (folder) => {
    const path = (name: string) => join(folder, name)
    await writeFile(path('in.pem'), [parts.privateKey, parts.certificate, ...(parts.chain ?? [])].join('\n'))
    await writeFile(path('password'), `${password}\n`)
    const files = ['-in', path('in.pem'), '-out', path('out.p12'), '-passout', `file:${path('password')}`]
    await run('openssl', ['pkcs12', '-export', ...files, ...args])
    return readFile(path('out.p12'))
  })
}

/** Runs openssl in a folder that holds `files`; answers its standard output. */
export function openssl(
  args: readonly string[],
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<Buffer> {
  return inTemporaryFolder(async (folder) => {
    for (const [name, contents] of Object.entries(files)) await writeFile(join(folder, name), contents)
    return (await run('openssl', args, { cwd: folder, encoding: 'buffer', maxBuffer: 1 << 24 })).stdout
  })
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'key-material-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A certificate that its own key signed; `type` is what `openssl req -newkey` takes, or the name of a curve. */
export async function selfSigned(type: string, args: readonly string[] = []): Promise<Parts> {
  const isCurve = /^(secp|brainpool|prime|sect)/.test(type)
  const key = isCurve ? ['ec', '-pkeyopt', `ec_paramgen_curve:${type}`] : [type]
  const subject = ['-subj', '/O=Test/CN=self-signed', '-days', '400']
  return inTemporaryFolder(async (folder) => {
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
    await run('openssl', ['req', '-x509', '-nodes', '-newkey', ...key, ...subject, ...args, ...files])
    return {
      privateKey: await readFile(join(folder, 'key.pem'), 'utf8'),
      certificate: await readFile(join(folder, 'certificate.pem'), 'utf8'),
    }
  })
}

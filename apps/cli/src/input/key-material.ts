import { X509Certificate } from 'node:crypto'
import { basename, extname } from 'node:path'
import { CliFailure } from '../cli-failure.ts'
import type { InputContext } from './inputs.ts'
import { readSecret } from './secret-input.ts'
import { readVaultAnswer } from './vault-answer.ts'

/** A certificate with its key, as the API takes it. */
export type KeyMaterial =
  | { readonly p12: string; readonly password: string | undefined }
  | { readonly certificate: string; readonly privateKey: string; readonly passphrase: string | undefined }

/** What commands take, as their help says it. */
export const keyMaterialFile =
  'PKCS#12 file; or PEM file with the certificate, then its chain, and the key unless you give --key; or DER file of the certificate, with --key; or JSON from vault write pki/issue; - is stdin'

export interface KeyMaterialFiles {
  /** PKCS#12, or PEM: leaf and chain, with the key or without; or the JSON of Vault's PKI. */
  readonly file: string
  /** PEM of the key, where it is not in `file`. */
  readonly key: string | undefined
  readonly passwordFile: string | undefined
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]{1,40})-----((?:[^-]|-(?!----))*)-----END \1-----/g

/** @throws CliFailure */
export async function readKeyMaterial(context: InputContext, files: KeyMaterialFiles): Promise<KeyMaterial> {
  const { file, key } = files
  const content = await context.inputs.file(file)
  if (isJson(content)) {
    if (key !== undefined) throw new CliFailure('wrongUse', `${file} has its key: leave --key out.`)
    return { ...readVaultAnswer(content.toString('utf8'), file), passphrase: undefined }
  }
  const pem = isPem(content) || key !== undefined ? asPem(content) : undefined
  if (pem === undefined) {
    if (key !== undefined)
      throw new CliFailure(
        'wrongUse',
        `${file} is not a certificate, neither in PEM nor in DER: leave --key out if it is a PKCS#12 file.`,
      )
    return { p12: content.toString('base64'), password: await readPassword(context, file, files.passwordFile) }
  }
  const privateKey = key === undefined ? keysOf(pem) : (await context.inputs.file(key)).toString('utf8')
  if (privateKey === '') {
    throw new CliFailure('wrongUse', `${file} has no private key. Give the file that has it by --key.`)
  }
  const certificate = withoutKeys(pem)
  if (certificate === '') {
    throw new CliFailure(
      'wrongUse',
      `${file} has no certificate. Give the file of the certificate, and the key by --key.`,
    )
  }
  const isEncrypted = /ENCRYPTED/.test(privateKey)
  const passphrase = isEncrypted ? await readPassword(context, key ?? file, files.passwordFile) : undefined
  return { certificate, privateKey, passphrase }
}

/** What a CA issued for a signing request: the certificate, and its chain. @throws CliFailure */
export async function readSignedCertificate({ inputs }: InputContext, file: string): Promise<string> {
  const content = await inputs.file(file)
  const pem = asPem(content) ?? content.toString('utf8')
  if (keysOf(pem) === '') return pem
  throw new CliFailure(
    'wrongUse',
    `${file} has a private key, which nobody else should get. Give the certificate alone.`,
  )
}

/** Asked for on a terminal where it is given neither by file nor by `MTLS_PASSWORD`. */
function readPassword(
  context: InputContext,
  file: string,
  passwordFile: string | undefined,
): Promise<string | undefined> {
  const question = `Password of ${basename(file)}: `
  return readSecret(context, { file: passwordFile, variable: 'MTLS_PASSWORD', question })
}

/** What a certificate is called where its user does not say. @throws CliFailure for stdin */
export function nameOf(file: string): string {
  if (file === '-') throw new CliFailure('wrongUse', 'Give --name: stdin has no file name.')
  return basename(file, extname(file))
}

/** Neither PKCS#12 nor PEM begins like it. */
function isJson(content: Buffer): boolean {
  return content.toString('latin1', 0, 64).trimStart().startsWith('{')
}

function isPem(content: Buffer): boolean {
  return content.includes('-----BEGIN ')
}

/** A certificate in DER is what Windows and many CAs send; undefined for what is neither that nor PEM. */
function asPem(content: Buffer): string | undefined {
  if (isPem(content)) return content.toString('utf8')
  try {
    return new X509Certificate(content).toString()
  } catch {
    return undefined
  }
}

function keysOf(pem: string): string {
  return blocks(pem, true)
}

function withoutKeys(pem: string): string {
  return blocks(pem, false)
}

function blocks(pem: string, areKeys: boolean): string {
  const found = [...pem.matchAll(pemBlock)].filter(([, label = '']) => label.endsWith('PRIVATE KEY') === areKeys)
  return found.map(([block]) => block).join('\n')
}
